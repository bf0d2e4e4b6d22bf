/** What `npm start` reads; every mistake is a StartMistake that says how to mend it. */
export interface StartConfig {
  gatewayPort: number;
  dataDir: string | "memory";
}

/** Something that whoever runs `npm start` can put right: shown without a stack trace. */
export class StartMistake extends Error {
  override readonly name = "StartMistake";
}

type Environment = Readonly<Record<string, string | undefined>>;

export function startConfig(args: readonly string[], env: Environment): StartConfig | "help" {
  const [first] = args;
  if (first === "--help" || first === "-h") return "help";
  if (first !== undefined) throw new StartMistake(`npm start takes no "${first}": see npm start -- --help`);
  if (env.LANYARD_MODE && env.LANYARD_MODE !== "development") {
    throw new StartMistake(`npm start is for development: unset LANYARD_MODE=${env.LANYARD_MODE}`);
  }
  const port = env.PORT || "8080";
  const gatewayPort = Number(port);
  if (!/^\d+$/.test(port) || gatewayPort > 65_535) {
    throw new StartMistake(`PORT must be a number from 0 (any free port) to 65535, not "${port}"`);
  }
  return { gatewayPort, dataDir: env.LANYARD_DATA_DIR || ".lanyard" };
}

export const startHelp = `npm start: the whole of Lanyard on this machine, for development.

Starts an embedded SQS, SNS and DynamoDB and a mailbox, makes queues, topics and tables in them, and starts every
service as a process of its own. Ctrl-C stops all of it; a second Ctrl-C kills it.

Environment
  PORT              port of the gateway; 0 picks a free one          default 8080
  LANYARD_DATA_DIR  where queues, tables, keys and logs live;        default .lanyard
                    "memory" keeps nothing
  LANYARD_PREFIX    goes before the name of every queue and table    default lanyard
  LOG_LEVEL         trace, debug, info, warn or error, for the log   default info
                    file; warnings and errors are shown here too
  LANYARD_SMTP_URL  a mail server; mails leave this machine then     default: a mailbox that shows
                                                                     them at /dev/mailbox
  AWS_ENDPOINT_URL  a cloud that is there already (LocalStack, …);   default: embedded, on 4566 and
                    also AWS_ENDPOINT_URL_SQS, _SNS, _DYNAMODB       4567 or free ports
`;
