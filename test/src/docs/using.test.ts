import { createHash } from "node:crypto";
import { createContext, runInContext } from "node:vm";
import { describe, expect, it } from "@jest/globals";
import { httpSchemas, problemCodes, problems, routes, wireCode } from "@lanyard/contracts";
import { readText } from "../repository/repository-files.ts";

const page = readText("docs/using.md");

describe("the guide for clients", () => {
  it("has a key for a refresh that follows from the token, and is a UUID", async () => {
    const code = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    const context = createContext({ crypto: globalThis.crypto, TextEncoder, Uint8Array });
    const keyFor = runInContext(`${code}; keyFor`, context) as (refreshToken: string) => Promise<string>;

    const key = await keyFor("OTkxMzU5.k1.mac");
    const digest = createHash("sha256").update("OTkxMzU5.k1.mac").digest("hex");
    expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(key.slice(0, 8)).toBe(digest.slice(0, 8));
    expect(key.slice(-12)).toBe(digest.slice(20, 32));
    expect(await keyFor("OTkxMzU5.k1.mac")).toBe(key);
    expect(await keyFor("OTkxMzU5.k1.mad")).not.toBe(key);
  });

  it("gives each problem the status it has, and says what to do on everything that may pass", () => {
    const rows = [...page.matchAll(/^\| (\d{3}) \| (`.+?`) \| .+ \|$/gm)].flatMap(([, status = "", codes = ""]) =>
      [...codes.matchAll(/`(\w+)`/g)].map(([, code = ""]) => ({ status: Number(status), code })),
    );
    const catalogue = problemCodes.map((code) => ({ status: problems[code].status, code: wireCode(code) }));
    const passing = problemCodes.filter((code) => problems[code].retry === true);

    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows) expect(catalogue).toContainEqual(row);
    expect(passing.filter((code) => !rows.some((row) => row.code === code))).toEqual([]);
  });

  it("names only addresses that routes have", () => {
    const named = [...page.matchAll(/`(GET|POST|PUT) (\/api\S+)`/g)].map(([, method, path]) => `${method} ${path}`);

    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !routes.allRoutes.some(({ method, path }) => `${method} ${path}` === name))).toEqual(
      [],
    );
    expect(Object.keys(httpSchemas.authResult.shape)).toEqual(["user", "session", "tokens", "deviceToken", "merge"]);
  });
});
