import { describe, expect, it } from "@jest/globals";
import { closedLoop } from "./closed-loop.ts";

describe("a closed loop", () => {
  it("keeps each client at one thing at a time, and all of them under way", async () => {
    const clients = Array.from({ length: 3 }, () => ({ underWay: 0, most: 0 }));
    let together = 0;
    let mostTogether = 0;
    const work = clients.map((client) => async () => {
      client.underWay += 1;
      together += 1;
      client.most = Math.max(client.most, client.underWay);
      mostTogether = Math.max(mostTogether, together);
      await new Promise((resolve) => setImmediate(resolve));
      client.underWay -= 1;
      together -= 1;
    });
    const run = await closedLoop(work, 0.05);
    expect(clients.map(({ most }) => most)).toEqual([1, 1, 1]);
    expect(mostTogether).toBe(3);
    expect(together).toBe(0);
    expect(run.ended).toBeGreaterThan(3);
    expect(run.latenciesMs.length).toBeLessThan(run.ended);
    expect(run.perSecond).toBeGreaterThan(0);
  });

  it("is no measurement when nothing ended in time", async () => {
    const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 60));
    await expect(closedLoop([slow], 0.02)).rejects.toThrow("more --seconds");
  });

  it("fails with the first that fails", async () => {
    await expect(closedLoop([() => Promise.reject(new Error("answered 500"))], 0.05)).rejects.toThrow("answered 500");
  });
});
