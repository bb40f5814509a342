/** What people give: dropped folders, picked files, pasted ones -> files with relative paths. First step of an upload, in the tab. */

/** A file and the path it shall have below the prefix it is dropped into ("" segments and "./" never occur). */
export interface FoundFile {
  path: string;
  file: File;
}
