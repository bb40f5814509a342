/** The spelling of hf-xet before 1.5.2 (xet-protocol 10). */
export { GET, POST } from "../v1/reconstructions/route.ts";
