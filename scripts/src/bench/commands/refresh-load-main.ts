import { routes } from "@lanyard/contracts";
import { answerQuestions } from "../../process/answer-questions.ts";
import { type ClosedLoopRun, closedLoop } from "../measure/closed-loop.ts";
import { eachOnce } from "../measure/each-once.ts";
import { HttpConnection } from "../process/http-connection.ts";
import { type HttpRequest, requestText } from "../process/request-text.ts";
import type { RefreshQuestion } from "./refresh-load.ts";

/** Sign-ins are not what is measured. */
const signInsTogether = 20;

let port = 0;
/** What each user has to refresh with next. */
let refreshTokens: string[] = [];

answerQuestions<RefreshQuestion, ClosedLoopRun | undefined>(async (question) => {
  if (question.kind === "run") return run(question.users, question.seconds);
  port = question.port;
  await signIn(question.users);
  return undefined;
});

async function signIn(users: number): Promise<void> {
  const request: HttpRequest = { method: "POST", path: routes.createAnonymousSession.path };
  const connections = Array.from({ length: Math.min(users, signInsTogether) }, () => new HttpConnection(port));
  try {
    const signedIn = await eachOnce(
      Array.from({ length: users }, () => request),
      connections.map((connection) => (each) => refreshTokenFrom(connection, each, 201)),
    );
    refreshTokens = signedIn.map(({ answer }) => answer);
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function run(users: number, seconds: number): Promise<ClosedLoopRun> {
  const connections = refreshTokens.slice(0, users).map(() => new HttpConnection(port));
  if (connections.length < users) throw new Error(`${connections.length} users have signed in, and not ${users}`);
  const refreshes = connections.map((connection, user) => async (): Promise<void> => {
    const body = JSON.stringify({ refreshToken: refreshTokens[user] });
    const request: HttpRequest = { method: "POST", path: routes.refreshSession.path, body };
    refreshTokens[user] = await refreshTokenFrom(connection, request, 200);
  });
  try {
    return await closedLoop(refreshes, seconds);
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function refreshTokenFrom(connection: HttpConnection, request: HttpRequest, expected: number): Promise<string> {
  const { status, body } = await connection.send(requestText(port, request));
  if (status !== expected) throw new Error(`${request.path} answered ${status}: ${body}`);
  const { tokens } = JSON.parse(body) as { readonly tokens: { readonly refreshToken: string } };
  return tokens.refreshToken;
}
