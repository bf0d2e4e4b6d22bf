import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { routes } from "@lanyard/contracts";
import express from "express";
import { answerQuestions } from "../../process/answer-questions.ts";
import type { EmptyServerAnswer, EmptyServerQuestion, InFront } from "./empty-server.ts";
import { emptySessionRoute } from "./empty-session-route.ts";
import { type GatewayOverMemory, gatewayOverMemory } from "./gateway-over-memory.ts";

let over: GatewayOverMemory | undefined;
let port = 0;

answerQuestions<EmptyServerQuestion, EmptyServerAnswer>(async (question) => {
  let accessTokens: readonly string[] = [];
  if (question.kind === "start") {
    port = await listen(await appWith(question.inFront));
    accessTokens = (await over?.accessTokens(question.tokens)) ?? [];
  }
  const { hits = 0, misses = 0 } = over?.gateway.counts().tokenCache ?? {};
  return { port, accessTokens, hits, misses };
});

async function appWith(inFront: InFront): Promise<RequestListener> {
  if (inFront === "bare Express") {
    const app = express();
    app.get(routes.readSession.path, (_request, response) => void response.end());
    return app;
  }
  over = await gatewayOverMemory();
  emptySessionRoute(over.gateway.app, { authenticated: inFront === "gateway" });
  return over.gateway.app;
}

function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
