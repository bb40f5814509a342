/** What is said when something stops: what happened, what was kept, what to do. */
import type { FileReason, HoldReason } from "#lib/browser/upload/queue.ts";
import { formatCount, plural } from "#lib/core/format.ts";

export interface HoldText {
  title: string;
  why: string;
  /** What the button says that goes on; null where waiting is all there is to do. */
  go: string | null;
}

const HOLDS: Record<HoldReason, HoldText> = {
  offline: {
    title: "The server does not answer",
    why: "The network is gone, or the server is down. The upload asks again by itself and goes on when it answers.",
    go: "Try now",
  },
  server: {
    title: "The server has a fault of its own",
    why: "It answers, but not with what was asked for. The upload tries again by itself.",
    go: "Try now",
  },
  busy: {
    title: "The server asks for patience",
    why: "Too much at once. The upload goes on by itself, a little later.",
    go: null,
  },
  "signed-out": {
    title: "Your session has ended",
    why: "Sign in again, in another tab so that this one keeps your files, then go on here.",
    go: "Go on",
  },
  forbidden: {
    title: "You may not write here any more",
    why: "Your role or your token changed. Somebody who administers the bucket can give you the right back.",
    go: "Try again",
  },
  gone: {
    title: "The bucket is not there any more",
    why: "It was deleted or renamed while the upload ran.",
    go: "Try again",
  },
  quota: {
    title: "There is no room left",
    why: "The bucket or its owner reached its quota. Delete something, or have the quota raised, then go on.",
    go: "Go on",
  },
  internal: {
    title: "The upload stopped by a fault of its own",
    why: "This is not because of your files or the server.",
    go: "Go on",
  },
};

export function holdText(reason: HoldReason): HoldText {
  return HOLDS[reason];
}

/** One line: what of a job stays, whatever becomes of it. */
export function keptText(ended: number, files: number): string {
  const there =
    ended === 0
      ? "No file is in the bucket yet"
      : `${formatCount(ended)} of ${plural(files, "file")} are in the bucket`;
  return `${there}. Bytes that arrived are kept and not sent twice.`;
}

interface FailureText {
  /** In a row. */
  short: string;
  /** After "2 files ". */
  title: string;
  why: string;
  /** What to do where only dropping it again helps. */
  todo: string;
  /** What to do where another try reads it as it is now. */
  again: string;
}

const FAILURES: Record<FileReason, FailureText> = {
  changed: {
    short: "Changed while read",
    title: "changed while being read",
    why: "Something wrote to it meanwhile, and half of one state with half of another is no file.",
    todo: "Drop it again when it rests.",
    again: "Retry when it rests: it is read from the start, as it is then.",
  },
  vanished: {
    short: "Gone",
    title: "can not be found any more",
    why: "It was moved or deleted after it was chosen.",
    todo: "Drop it again from where it is now.",
    again: "Put it back and retry, or drop it again from where it is now.",
  },
  unreadable: {
    short: "Not readable",
    title: "can not be read",
    why: "The browser was refused: another program holds it or wrote to it since it was chosen, its rights forbid it, or its disk is gone.",
    todo: "Put that right, then drop it again.",
    again: "Put that right, then retry.",
  },
  "bad-path": {
    short: "Name not possible",
    title: "can not have that name in a bucket",
    why: "",
    todo: "Rename it here, then drop it again.",
    again: "",
  },
  refused: {
    short: "Refused",
    title: "was refused by the server",
    why: "Its bytes arrived, its entry was not made.",
    todo: "Drop it again.",
    again: "",
  },
  internal: {
    short: "Failed",
    title: "failed by a fault of the upload itself",
    why: "",
    todo: "Drop it again.",
    again: "Trying again may help.",
  },
};

export function failureText(reason: FileReason): FailureText {
  return FAILURES[reason];
}

/** "2 files changed while being read". */
export function failureTitle(reason: FileReason, count: number): string {
  const { title } = FAILURES[reason];
  return `${plural(count, "file")} ${count === 1 ? title : title.replace(/^was /, "were ")}`;
}
