import { httpSchemas, routes } from "@lanyard/contracts";
import type { Command } from "commander";
import { adminClient } from "./admin-client.ts";
import { LanyardMistake } from "./lanyard-mistake.ts";
import type { CommonOptions, Surroundings } from "./surroundings.ts";

/** `operations …`: how what was asked for has ended. */
export function addOperations(program: Command, surroundings: Surroundings): void {
  const operations = program.command("operations").description("how operations have ended");

  operations
    .command("show")
    .description("how an operation ended, redacted; exit status 4 while it is under way, and after a day")
    .argument("<operationId>", "as X-Operation-Id, logs and events name it")
    .action(async (operationId: string, _options: object, command: Command) => {
      const { baseUrl, json } = command.optsWithGlobals<CommonOptions>();
      const answered = await adminClient(surroundings, baseUrl).ask(
        routes.showOperation,
        { path: { operationId } },
        httpSchemas.operatorsOperation,
      );
      if (answered.kind === "pending") throw new LanyardMistake("a read was answered as a command is");
      const { body } = answered;
      if (json) return surroundings.out(`${JSON.stringify(body)}\n`);
      const { status, flow, finishedAt, problem, result } = body;
      surroundings.out(
        `${[
          `${flow} ${status} at ${finishedAt}`,
          ...(problem === undefined ? [] : [`${problem.title} (${problem.status} ${problem.code})`]),
          ...(result === undefined ? [] : [JSON.stringify(result, undefined, 2)]),
        ].join("\n")}\n`,
      );
    });
}
