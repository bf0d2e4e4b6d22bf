import { describe, expect, it } from "@jest/globals";
import { requestText } from "./request-text.ts";

describe("a request as text", () => {
  it("has its own headers behind those of all", () => {
    expect(requestText(8080, { method: "GET", path: "/a?b=c", headers: ["X-One: 1", "X-Two: 2"] })).toBe(
      "GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: application/json\r\nX-One: 1\r\nX-Two: 2\r\n\r\n",
    );
  });

  it("says how many bytes its body has, not how many characters", () => {
    const [head = "", body] = requestText(1, { method: "POST", path: "/", body: '{"ü":1}' }).split("\r\n\r\n");
    expect(head.split("\r\n").slice(3)).toEqual(["Content-Type: application/json", "Content-Length: 8"]);
    expect(body).toBe('{"ü":1}');
  });

  it("has an empty body when it is a POST without one", () => {
    expect(requestText(1, { method: "POST", path: "/" })).toMatch(/\r\nContent-Length: 0\r\n\r\n$/);
  });
});
