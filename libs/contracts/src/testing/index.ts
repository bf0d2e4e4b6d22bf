export { type HttpResponse, type ResponseValidator, responseValidator } from "./validate-response.ts";
