"use client";

import { lazy, Suspense, useSyncExternalStore } from "react";
import { readDoor, subscribeDoor } from "./door.ts";

const UploadDesk = lazy(() => import("./upload-desk.tsx").then((module) => ({ default: module.UploadDesk })));

let opened = false;

function isOpened(): boolean {
  const { dragging, asked, kept } = readDoor();
  opened ||= kept || dragging || asked !== null;
  return opened;
}

/** Uploads outlive the page they were begun on: they stand beside all pages, once there is any. */
export function UploadHost() {
  const open = useSyncExternalStore(subscribeDoor, isOpened, () => false);
  return <Suspense>{open && <UploadDesk />}</Suspense>;
}
