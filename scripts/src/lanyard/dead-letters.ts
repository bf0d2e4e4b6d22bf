import { httpSchemas, queues, routes } from "@lanyard/contracts";
import { Argument, type Command } from "commander";
import { adminClient } from "./admin-client.ts";
import { confirmed } from "./confirmed.ts";
import { LanyardMistake } from "./lanyard-mistake.ts";
import type { CommonOptions, Surroundings } from "./surroundings.ts";
import { textTable } from "./text-table.ts";

/** `dead-letters …`: what queues have given up. */
export function addDeadLetters(program: Command, surroundings: Surroundings): void {
  const { out, isTerminal } = surroundings;
  const deadLetters = program.command("dead-letters").description("messages that queues have given up");
  const queue = (): Argument => new Argument("<queue>", "whose dead letters").choices(queues);

  deadLetters
    .command("list")
    .description("how many each queue has, since when and why")
    .action(async (_options: object, command: Command) => {
      const { baseUrl, json } = command.optsWithGlobals<CommonOptions>();
      const found = await adminClient(surroundings, baseUrl).read(
        routes.listDeadLetters,
        {},
        httpSchemas.deadLetterQueues,
      );
      if (json) return out(`${JSON.stringify(found)}\n`);
      const rows = found.queues.map((one) => [
        one.queue,
        String(one.count),
        one.oldestAt ?? "-",
        Object.entries(one.reasons)
          .map(([reason, count]) => `${reason} ${count}`)
          .join(", ") || "-",
      ]);
      out(textTable(["QUEUE", "COUNT", "OLDEST", "REASONS"], rows, { isTerminal }));
    });

  deadLetters
    .command("show")
    .description("the oldest hundred of a queue, redacted; --json says more of each")
    .addArgument(queue())
    .action(async (name: string, _options: object, command: Command) => {
      const { baseUrl, json } = command.optsWithGlobals<CommonOptions>();
      const answered = await adminClient(surroundings, baseUrl).ask(
        routes.showDeadLetters,
        { path: { queue: name } },
        httpSchemas.deadLetters,
      );
      if (answered.kind === "pending") throw new LanyardMistake("a read was answered as a command is");
      const { body } = answered;
      if (json) return out(`${JSON.stringify(body)}\n`);
      if (body.letters.length === 0) return isTerminal ? out(`${name} has no dead letters\n`) : undefined;
      const rows = body.letters.map((one) => [
        one.sentAt,
        one.reason,
        one.type ?? "-",
        one.flow ?? "-",
        one.operationId ?? "-",
      ]);
      out(textTable(["SENT", "REASON", "TYPE", "FLOW", "OPERATION"], rows, { isTerminal }));
      if (isTerminal && body.count > rows.length) out(`${rows.length} of about ${body.count}\n`);
    });

  deadLetters
    .command("redrive")
    .description("moves the dead letters of a queue back to it, to be tried anew")
    .addArgument(queue())
    .option("--yes", "without being asked", false)
    .action(async (name: string, { yes }: { readonly yes: boolean }, command: Command) => {
      const { baseUrl, json } = command.optsWithGlobals<CommonOptions>();
      await confirmed(surroundings, { what: `All dead letters of ${name} will be carried out anew.`, word: name, yes });
      const answered = await adminClient(surroundings, baseUrl).ask(
        routes.redriveDeadLetters,
        { path: { queue: name }, json: {} },
        httpSchemas.redriveAccepted,
      );
      const operationId = answered.kind === "pending" ? answered.operationId : answered.body.operationId;
      if (json) return out(`${JSON.stringify({ operationId, status: "pending" })}\n`);
      out(isTerminal ? `under way; see: operations show ${operationId}\n` : `${operationId}\n`);
    });
}
