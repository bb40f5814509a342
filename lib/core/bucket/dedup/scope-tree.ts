/**
 * The folders of a bucket over its files. Leaves are files in byte order of path, so that each folder is a contiguous range of leaves.
 * Folders are numbered with 0 for the root and every parent before its children.
 */
export class ScopeTree {
  readonly folders: number;
  readonly leaves: number;
  /** `[firstLeaf[f], endLeaf[f])` are the files below folder f; both are 0 for a folder without any. */
  readonly firstLeaf: Int32Array;
  readonly endLeaf: Int32Array;
  readonly parents: Int32Array;
  readonly folderOf: Int32Array;
  /** Heavy paths: of each folder, the topmost folder of its path. A climb takes log(folders) steps however deep the tree is. */
  private readonly heads: Int32Array;

  /** `parents[0]` is -1; `folderOf[leaf]` is the folder that the file stands in. */
  constructor(parents: Int32Array, folderOf: Int32Array) {
    this.parents = parents;
    this.folderOf = folderOf;
    this.folders = parents.length;
    this.leaves = folderOf.length;
    this.firstLeaf = new Int32Array(parents.length);
    this.endLeaf = new Int32Array(parents.length);
    this.heads = headsOf(parents);
    this.spanLeaves();
  }

  /** The deepest folder that holds both files; the file's own folder when they are one. */
  lca(leafA: number, leafB: number): number {
    const { heads, parents } = this;
    let a = this.folderOf[leafA];
    let b = this.folderOf[leafB];
    while (heads[a] !== heads[b]) {
      // The path that starts lower cannot hold the common folder: parents have smaller numbers.
      if (heads[a] > heads[b]) a = parents[heads[a]];
      else b = parents[heads[b]];
    }
    return Math.min(a, b);
  }

  /** Adds every folder's value to its parents', in place: own sums become subtree sums. */
  sumUp(values: Float64Array): void {
    for (let folder = this.folders - 1; folder > 0; folder--) values[this.parents[folder]] += values[folder];
  }

  private spanLeaves(): void {
    const { firstLeaf, endLeaf, folderOf, parents } = this;
    firstLeaf.fill(this.leaves);
    for (let leaf = 0; leaf < folderOf.length; leaf++) {
      const folder = folderOf[leaf];
      if (firstLeaf[folder] > leaf) firstLeaf[folder] = leaf;
      endLeaf[folder] = leaf + 1;
    }
    for (let folder = this.folders - 1; folder > 0; folder--) {
      const parent = parents[folder];
      if (firstLeaf[parent] > firstLeaf[folder]) firstLeaf[parent] = firstLeaf[folder];
      if (endLeaf[parent] < endLeaf[folder]) endLeaf[parent] = endLeaf[folder];
    }
    for (let folder = 0; folder < this.folders; folder++) if (endLeaf[folder] === 0) firstLeaf[folder] = 0;
  }
}

function headsOf(parents: Int32Array): Int32Array {
  const sizes = new Int32Array(parents.length).fill(1);
  for (let folder = parents.length - 1; folder > 0; folder--) {
    if (parents[folder] < 0 || parents[folder] >= folder)
      throw new RangeError(`folder ${folder} is not after its parent`);
    sizes[parents[folder]] += sizes[folder];
  }
  const heavy = new Int32Array(parents.length).fill(-1);
  for (let folder = 1; folder < parents.length; folder++) {
    const parent = parents[folder];
    if (heavy[parent] < 0 || sizes[heavy[parent]] < sizes[folder]) heavy[parent] = folder;
  }
  const heads = new Int32Array(parents.length);
  for (let folder = 1; folder < parents.length; folder++) {
    heads[folder] = heavy[parents[folder]] === folder ? heads[parents[folder]] : folder;
  }
  return heads;
}
