/** The spelling of hf-xet before 1.5.2 (xet-protocol 10). */
export { POST } from "../v1/shards/route.ts";
