import type { Metadata } from "next";
import { bucketIdOf, decodePart, type PathParams } from "../../bucket.ts";
import { Folder } from "../../folder.tsx";

interface FolderPageProps {
  params: Promise<PathParams>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export async function generateMetadata({ params }: FolderPageProps): Promise<Metadata> {
  const found = await params;
  return { title: `${found.path.map(decodePart).join("/")} · ${bucketIdOf(found)}` };
}

export default async function FolderPage({ params, searchParams }: FolderPageProps) {
  const found = await params;
  return <Folder id={bucketIdOf(found)} prefix={found.path.map(decodePart).join("/")} search={await searchParams} />;
}
