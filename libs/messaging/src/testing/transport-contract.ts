import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type OutgoingMessage, QueueGone, type ReceivedMessage, type Transport } from "../transport.ts";
import { eventually } from "./eventually.ts";

/** A transport with two queues, `one` and `two`, and a topic `events`: all of it to `one`, type `b` also to `two`. */
export interface TransportUnderTest {
  readonly transport: Transport;
  readonly stop: () => Promise<void>;
}

const message = (body: string, type = "a"): OutgoingMessage => ({ body, attributes: { type, mac: "k.mac" } });

/** What every transport must do; run by the one in memory and by SQS and SNS. */
export function transportContract(name: string, make: () => Promise<TransportUnderTest>): void {
  describe(`${name} as a transport`, () => {
    let under: TransportUnderTest;
    let transport: Transport;
    const receive = (queue: string, visibilitySeconds = 30, max = 10): Promise<readonly ReceivedMessage[]> =>
      transport.receive(queue, { max, waitSeconds: 1, visibilitySeconds });
    /** Receives until `count` messages have come, and deletes them. */
    const drain = async (queue: string, count: number): Promise<ReceivedMessage[]> => {
      const got: ReceivedMessage[] = [];
      await eventually(`${count} messages on ${queue}`, async () => {
        const batch = await receive(queue);
        for (const one of batch) await transport.delete(queue, one.receiptHandle);
        got.push(...batch);
        return got.length >= count;
      });
      return got;
    };

    beforeAll(async () => {
      under = await make();
      transport = under.transport;
    });
    afterAll(() => under.stop());

    it("delivers body and attributes as they were sent", async () => {
      const body = JSON.stringify({ text: 'ünï — \u2028 "quoted"', n: 1.5 });
      await transport.send("one", { body, attributes: { type: "x", mac: "k1.abc" }, groupId: "g1" });
      const [got] = await drain("one", 1);
      expect(got).toMatchObject({ body, receiveCount: 1 });
      expect(got?.attributes).toMatchObject({ type: "x", mac: "k1.abc" });
      expect(got?.sentAt).toBeGreaterThan(0);
    });

    it("takes hundreds at once and delivers each", async () => {
      const bodies = Array.from({ length: 300 }, (_, index) => `m${index}`);
      await Promise.all(bodies.map((body) => transport.send("one", message(body))));
      const got = await drain("one", 300);
      expect(new Set(got.map((one) => one.body))).toEqual(new Set(bodies));
    });

    it("takes envelopes of 60 KB, many at once", async () => {
      const big = "x".repeat(60 * 1024);
      await Promise.all(Array.from({ length: 12 }, () => transport.send("one", message(big))));
      expect((await drain("one", 12)).every((one) => one.body.length === big.length)).toBe(true);
    });

    it("counts what a queue has, in flight or not", async () => {
      const before = await transport.depth("two");
      for (const body of ["1", "2", "3"]) await transport.send("two", message(body));
      const [first] = await receive("two", 30, 1);
      expect(await transport.depth("two")).toBe(before + 3);
      await transport.changeVisibility("two", first?.receiptHandle ?? "", 0);
      await drain("two", 3);
      expect(await transport.depth("two")).toBe(before);
      await expect(transport.depth("nowhere")).rejects.toThrow(QueueGone);
    });

    it("hides what was received, and shows it again with a higher count when it was not deleted", async () => {
      await transport.send("one", message("again"));
      const [first] = await eventually("a first delivery", async () => {
        const batch = await receive("one", 1);
        return batch.length > 0 && batch;
      });
      expect(first?.receiveCount).toBe(1);
      const [second] = await drain("one", 1);
      expect(second).toMatchObject({ body: "again", messageId: first?.messageId, receiveCount: 2 });
    });

    it("shows a message at once when its visibility becomes 0", async () => {
      await transport.send("one", message("back"));
      const [first] = await eventually("a first delivery", async () => {
        const batch = await receive("one", 600);
        return batch.length > 0 && batch;
      });
      await transport.changeVisibility("one", first?.receiptHandle ?? "", 0);
      expect((await drain("one", 1))[0]?.receiveCount).toBe(2);
    });

    it("keeps a message hidden while its visibility is prolonged", async () => {
      await transport.send("two", message("kept"));
      const [first] = await eventually("a first delivery", async () => {
        const batch = await receive("two", 1);
        return batch.length > 0 && batch;
      });
      await transport.changeVisibility("two", first?.receiptHandle ?? "", 600);
      expect(await receive("two")).toEqual([]);
      expect(await receive("two")).toEqual([]);
      await transport.delete("two", first?.receiptHandle ?? "");
    });

    it("takes a second delete, and a change of what is gone, as done", async () => {
      await transport.send("one", message("gone"));
      const [got] = await drain("one", 1);
      await transport.delete("one", got?.receiptHandle ?? "");
      await transport.changeVisibility("one", got?.receiptHandle ?? "", 5);
    });

    it("fans a topic out by type, raw, with attributes", async () => {
      await transport.publish("events", message("only one", "a"));
      await transport.publish("events", message("both", "b"));
      const bodies = (await drain("one", 2)).map((got) => got.body).sort();
      const [onTwo] = await drain("two", 1);
      expect(bodies).toEqual(["both", "only one"]);
      expect(onTwo).toMatchObject({ body: "both" });
      expect(onTwo?.attributes).toMatchObject({ type: "b", mac: "k.mac" });
    });

    it("says that a queue or topic is not there", async () => {
      await expect(transport.send("nowhere", message("x"))).rejects.toThrow(QueueGone);
      await expect(receive("nowhere")).rejects.toThrow(QueueGone);
      await expect(transport.probe("nowhere")).rejects.toThrow(QueueGone);
      await expect(transport.publish("nowhere", message("x"))).rejects.toThrow(QueueGone);
      await expect(transport.probeTopic("nowhere")).rejects.toThrow(QueueGone);
    });

    it("says that a queue or topic answers", async () => {
      await transport.probe("one");
      await transport.probeTopic("events");
    });

    it("lets chosen events come to a queue made later, until the subscription ends", async () => {
      await transport.createQueue("late", { retentionSeconds: 300, visibilitySeconds: 30 });
      const subscription = await transport.subscribe("events", "late", ["b", "c"]);
      expect(await transport.subscribe("events", "late", ["b", "c"])).toBe(subscription);
      for (const type of ["a", "b", "c"]) await transport.publish("events", message(`of ${type}`, type));
      expect((await drain("late", 2)).map((got) => got.body).sort()).toEqual(["of b", "of c"]);
      await drain("one", 3);
      await drain("two", 1);
      await transport.unsubscribe(subscription);
      await transport.unsubscribe(subscription);
      await transport.publish("events", message("after", "b"));
      await drain("one", 1);
      await drain("two", 1);
      expect(await receive("late")).toEqual([]);
      await transport.deleteQueue("late");
      await expect(transport.subscribe("events", "nowhere", ["b"])).rejects.toThrow(QueueGone);
    });

    it("makes and deletes queues, each as often as asked, and notices when one is gone", async () => {
      const options = { retentionSeconds: 300, visibilitySeconds: 30 };
      await transport.createQueue("made", options);
      await transport.createQueue("made", options);
      await transport.probe("made");
      await transport.send("made", message("hello"));
      expect((await drain("made", 1))[0]?.body).toBe("hello");
      await transport.deleteQueue("made");
      await transport.deleteQueue("made");
      await expect(transport.send("made", message("x"))).rejects.toThrow(QueueGone);
      await expect(receive("made")).rejects.toThrow(QueueGone);
    });
  });
}
