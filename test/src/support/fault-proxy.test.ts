import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { answerOf, type HttpAnswer, openCall } from "./http-call.ts";

let target: Server;
let asked: string[];
let proxy: FaultProxy;

beforeEach(async () => {
  asked = [];
  target = createServer((from, to) => {
    void text(from).then((body) => {
      asked.push(body);
      to.writeHead(203, { "x-said": "yes" }).end(`heard ${body}`);
    });
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  proxy = await startFaultProxy(`http://127.0.0.1:${(target.address() as AddressInfo).port}`, [
    { status: 400, headers: { "x-said": "no" }, body: "too often" },
  ]);
});
afterEach(async () => {
  await proxy.close();
  target.closeAllConnections();
  target.close();
});

const ask = async (body: string): Promise<HttpAnswer> =>
  answerOf(await openCall(proxy.endpoint, "POST", "/", { body }));
const heard = (answer: HttpAnswer): unknown[] => [answer.status, answer.headers["x-said"], answer.text];

describe("a fault proxy", () => {
  it("passes on what is asked and answered", async () => {
    expect(heard(await ask("a"))).toEqual([203, "yes", "heard a"]);
    expect(proxy.met).toBe(0);
  });

  it.each([
    ["throttled", [400, "no", "too often"]],
    ["web page", [200, undefined, expect.stringContaining("<title>")]],
    ["broken", [500, undefined, expect.any(String)]],
  ] as const)("asks the target nothing while it is at fault: %s", async (fault, expected) => {
    proxy.inject(fault);
    expect(heard(await ask("a"))).toEqual(expected);
    expect([asked, proxy.met]).toEqual([[], 1]);
    proxy.inject("none");
    expect((await ask("b")).status).toBe(203);
  });

  it("ends every connection while it is down", async () => {
    proxy.inject("down");
    await expect(ask("a")).rejects.toThrow();
    expect([asked, proxy.met]).toEqual([[], 1]);
  });

  it("passes on what it was asked while it hung, also of a client that has gone", async () => {
    proxy.inject("hung");
    const waiting = ask("a");
    const { port } = new URL(proxy.endpoint);
    const leaving = request({ port, method: "POST", agent: false }).on("error", () => undefined);
    leaving.end("b");
    await eventually("both hang", () => proxy.met === 2);
    leaving.destroy();
    expect(asked).toEqual([]);
    proxy.inject("none");
    expect((await waiting).text).toBe("heard a");
    await eventually("both were asked", () => asked.length === 2);
  });

  it("asks at once and answers later while it is slow", async () => {
    proxy.inject("slow");
    let answered = false;
    const answer = ask("a").finally(() => {
      answered = true;
    });
    await eventually("it was asked", () => asked.length === 1);
    expect(answered).toBe(false);
    proxy.inject("none");
    expect((await answer).text).toBe("heard a");
  });
});
