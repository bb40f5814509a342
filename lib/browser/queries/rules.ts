/** What a bucket demands before something of it goes, and who outside is told. */
import { queryOptions } from "@tanstack/react-query";
import type { BucketId } from "#lib/core/bucket/id.ts";
import type { ReviewRules } from "#lib/core/plan/plan.ts";
import { api } from "../api.ts";

export function rulesQuery(id: BucketId) {
  return queryOptions({
    queryKey: ["bucket", id, "rules"],
    queryFn: ({ signal }): Promise<ReviewRules> => api(`/api/buckets/${id}/rules`, { signal }),
  });
}

export function updateRules(id: BucketId, rules: ReviewRules): Promise<ReviewRules> {
  return api(`/api/buckets/${id}/rules`, { method: "PUT", json: rules });
}

export const WEBHOOK_EVENTS = ["plan.submitted", "plan.decided", "plan.stale", "plan.run"] as const;

export interface WebhookInfo {
  id: number;
  url: string;
  events: string[];
  createdAt: number;
  last: { at: number; status: number; message: string } | null;
}

export function webhooksQuery(id: BucketId) {
  return queryOptions({
    queryKey: ["bucket", id, "webhooks"],
    queryFn: async ({ signal }) =>
      (await api<{ items: WebhookInfo[] }>(`/api/buckets/${id}/webhooks`, { signal })).items,
  });
}

/** The answer holds the secret, the only time it can be seen. */
export function createWebhook(
  id: BucketId,
  webhook: { url: string; events: string[] },
): Promise<WebhookInfo & { secret: string }> {
  return api(`/api/buckets/${id}/webhooks`, { method: "POST", json: webhook });
}

export function deleteWebhook(id: BucketId, webhook: number): Promise<unknown> {
  return api(`/api/buckets/${id}/webhooks/${webhook}`, { method: "DELETE" });
}
