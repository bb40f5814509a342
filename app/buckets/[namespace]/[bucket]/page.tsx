import type { Metadata } from "next";
import { type BucketParams, bucketIdOf } from "./bucket.ts";
import { Folder } from "./folder.tsx";

interface BucketPageProps {
  params: Promise<BucketParams>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export async function generateMetadata({ params }: BucketPageProps): Promise<Metadata> {
  return { title: bucketIdOf(await params) };
}

export default async function BucketPage({ params, searchParams }: BucketPageProps) {
  return <Folder id={bucketIdOf(await params)} prefix="" search={await searchParams} />;
}
