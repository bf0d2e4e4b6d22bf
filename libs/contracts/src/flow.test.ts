import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { command } from "./command.ts";
import { identity, session, token } from "./commands.ts";
import { flow } from "./flow.ts";

const started = () =>
  flow({ name: "example", version: 1, summary: "An example.", input: z.object({ wish: z.string() }) });

const rename = command({
  name: "identity.rename",
  worker: "identity",
  summary: "Gives a user another id.",
  input: z.object({}),
  output: z.object({ userId: z.string() }),
  events: [],
  problems: [],
});

describe("a flow", () => {
  it("keeps its steps in order, with their constants", () => {
    const example = started()
      .step(identity.createAnonymousUser)
      .step(session.open, { method: "anonymous" })
      .answers(z.object({ id: z.string() }), (done) => ({ id: done.sessionId }));

    expect(example.steps).toEqual([
      { command: identity.createAnonymousUser, with: {} },
      { command: session.open, with: { method: "anonymous" } },
    ]);
    expect(example.toResult({ sessionId: "s1" })).toEqual({ id: "s1" });
  });

  it("refuses a command that would overwrite an earlier output", () => {
    const builder = started().step(identity.createAnonymousUser);

    expect(() => builder.step(rename)).toThrow(new TypeError('example: identity.rename would overwrite "userId"'));
  });

  it("refuses a command that would overwrite the flow's input", () => {
    const builder = flow({ name: "example", version: 1, summary: "", input: z.object({ userId: z.string() }) });

    expect(() => builder.step(rename)).toThrow(new TypeError('example: identity.rename would overwrite "userId"'));
  });

  it("refuses the same command twice", () => {
    const builder = started().step(identity.createAnonymousUser);

    expect(() => builder.step(identity.createAnonymousUser)).toThrow("identity.createAnonymousUser stands twice");
  });

  it("leaves a builder as it was when another goes on from it", () => {
    const shared = started();
    shared.step(identity.createAnonymousUser);

    expect(() => shared.step(identity.createAnonymousUser)).not.toThrow();
  });

  it("is refused by the compiler when it does not carry what a command needs", () => {
    // @ts-expect-error -- nobody made the user
    started().step(session.open, { method: "anonymous" });
    // @ts-expect-error -- nobody says by which method
    started().step(identity.createAnonymousUser).step(session.open);
    // @ts-expect-error -- there is no such method
    started().step(identity.createAnonymousUser).step(session.open, { method: "by magic" });
    // @ts-expect-error -- nobody opened a session
    started().step(identity.createAnonymousUser).step(token.issue);
    started()
      .step(identity.createAnonymousUser)
      // @ts-expect-error -- the result is made of what the flow carries
      .answers(z.object({ id: z.string() }), (done) => ({ id: done.sessionId }));
    started()
      .step(identity.createAnonymousUser)
      // @ts-expect-error -- the command has no such input
      .step(session.open, { method: "anonymous", mood: "good" });
    flow({ name: "empty", version: 1, summary: "", input: z.object({}) })
      .step(identity.createAnonymousUser)
      // @ts-expect-error -- an input without fields carries nothing either
      .answers(z.object({ id: z.string() }), (done) => ({ id: done.sessionId }));
    started()
      .step(identity.createAnonymousUser)
      // @ts-expect-error -- the result has the form it is declared to have
      .answers(z.object({ id: z.string() }), () => ({ id: 1 }));
  });
});
