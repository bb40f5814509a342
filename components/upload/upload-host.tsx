"use client";

import { lazy, Suspense, useSyncExternalStore } from "react";
import { readClosedDoor, readDoor, subscribeDoor } from "./door.ts";

const UploadDesk = lazy(() => import("./upload-desk.tsx").then((module) => ({ default: module.UploadDesk })));

let opened = false;

/** Uploads outlive the page they were begun on: they stand beside all pages, once there is any. */
export function UploadHost() {
  const { dragging, asked, kept } = useSyncExternalStore(subscribeDoor, readDoor, readClosedDoor);
  opened ||= kept || dragging || asked !== null;
  return <Suspense>{opened && <UploadDesk />}</Suspense>;
}
