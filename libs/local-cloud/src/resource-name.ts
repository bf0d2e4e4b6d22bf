const pattern = /^[A-Za-z0-9_-]{1,40}$/;

/** `<prefix>-<name>`; throws for a prefix that SQS, SNS and DynamoDB would not all take, or of more than 40 characters. */
export function resourceName(prefix: string, name: string): string {
  if (!pattern.test(prefix)) {
    throw new Error(`LANYARD_PREFIX must be 1 to 40 of A-Z a-z 0-9 _ -, not "${prefix}"`);
  }
  return `${prefix}-${name}`;
}
