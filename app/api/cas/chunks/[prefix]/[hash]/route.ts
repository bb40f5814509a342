/** The spelling of hf-xet before 1.5.2 (xet-protocol 10). */
export { GET } from "../../../v1/chunks/[prefix]/[hash]/route.ts";
