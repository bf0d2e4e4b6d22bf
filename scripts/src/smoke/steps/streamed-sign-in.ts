import { httpSchemas, routes } from "@lanyard/contracts";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { checked } from "../answers.ts";
import type { Step } from "../journey.ts";
import { Unexpected } from "../unexpected.ts";

const mediaType = "text/event-stream";

export const streamedSignIn: Step = {
  name: "a streamed sign-in tells its progress and ends in tokens",
  async run({ deployment }) {
    const { method, path } = routes.createAnonymousSession;
    const answer = await deployment.ask({ method, path, headers: { accept: mediaType } });
    if (answer.status !== 200 || answer.mediaType !== mediaType) {
      throw new Unexpected(
        `${answer.request} to answer 200 ${mediaType}`,
        `${answer.status} ${answer.mediaType || "without a media type"}`,
      );
    }
    const events = eventsOf(answer.text);
    const names = events.map(({ event = "message" }) => event);
    const last = events.at(-1);
    if (names[0] !== "accepted" || last?.event !== "token-delivery") {
      throw new Unexpected("events from accepted to token-delivery", names.join(", ") || "no event");
    }
    checked(httpSchemas.authResult, dataOf(last), "token-delivery");
  },
};

function eventsOf(text: string): EventSourceMessage[] {
  const events: EventSourceMessage[] = [];
  createParser({ onEvent: (event) => events.push(event) }).feed(text);
  return events;
}

function dataOf({ event, data }: EventSourceMessage): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw new Unexpected(`${event} to carry JSON`, "something else");
  }
}
