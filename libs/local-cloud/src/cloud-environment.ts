/** The variables that point an AWS SDK client at the embedded cloud, and no further: a part served elsewhere has none. */
export type CloudEnvironment = {
  AWS_ENDPOINT_URL_SQS?: string;
  AWS_ENDPOINT_URL_SNS?: string;
  AWS_ENDPOINT_URL_DYNAMODB?: string;
  AWS_REGION: string;
  AWS_ACCESS_KEY_ID: string;
  AWS_SECRET_ACCESS_KEY: string;
};

export interface MissingParts {
  queues: boolean;
  tables: boolean;
}

export function environmentOf(endpoints: { sqs?: string; sns?: string; dynamodb?: string }): CloudEnvironment {
  return {
    ...(endpoints.sqs === undefined ? {} : { AWS_ENDPOINT_URL_SQS: endpoints.sqs }),
    ...(endpoints.sns === undefined ? {} : { AWS_ENDPOINT_URL_SNS: endpoints.sns }),
    ...(endpoints.dynamodb === undefined ? {} : { AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb }),
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "lanyard-local",
    AWS_SECRET_ACCESS_KEY: "lanyard-local",
  };
}

/** Which parts of the cloud the environment names no endpoint for; throws when it names SQS without SNS or the reverse. */
export function missingPartsOf(env: Readonly<Record<string, string | undefined>>): MissingParts {
  // An empty variable is an unset one, as it is to the SDK.
  if (env.AWS_ENDPOINT_URL) return { queues: false, tables: false };
  const sqs = Boolean(env.AWS_ENDPOINT_URL_SQS);
  const sns = Boolean(env.AWS_ENDPOINT_URL_SNS);
  if (sqs !== sns) {
    const [set, unset] = sqs ? ["SQS", "SNS"] : ["SNS", "SQS"];
    throw new Error(
      `AWS_ENDPOINT_URL_${set} is set and AWS_ENDPOINT_URL_${unset} is not: topics deliver to queues, so set both or none`,
    );
  }
  return { queues: !sqs, tables: !env.AWS_ENDPOINT_URL_DYNAMODB };
}

/**
 * `given` with the embedded cloud in it. A wholly embedded cloud has its own region and credentials, whatever profile this
 * machine has; beside endpoints of other clouds, the given ones hold.
 */
export function withCloud(
  given: Readonly<Record<string, string>>,
  cloud: CloudEnvironment | undefined,
): Record<string, string> {
  if (cloud === undefined) return { ...given };
  const isWhole = cloud.AWS_ENDPOINT_URL_SQS !== undefined && cloud.AWS_ENDPOINT_URL_DYNAMODB !== undefined;
  if (!isWhole) return { ...cloud, ...given };
  // The SDK prefers a profile to keys in the environment, and would send a session token along with these.
  const { AWS_PROFILE: _profile, AWS_SESSION_TOKEN: _token, ...rest } = given;
  return { ...rest, ...cloud };
}
