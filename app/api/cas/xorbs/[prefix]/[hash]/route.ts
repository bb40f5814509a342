/** The spelling of hf-xet before 1.5.2 (xet-protocol 10). */
export { GET, HEAD, POST } from "../../../v1/xorbs/[prefix]/[hash]/route.ts";
