import { HttpConnection } from "../process/http-connection.ts";
import { requestText } from "../process/request-text.ts";
import { signInByMail } from "./sign-in-by-mail.ts";

/** Makes an account for each of these addresses, which must have got no mail before; gives back their ids. */
export async function makeAccounts(port: number, emails: readonly string[]): Promise<readonly string[]> {
  const connection = new HttpConnection(port);
  const userIds: string[] = [];
  try {
    for (const email of emails) {
      const { userId } = await signInByMail((request) => connection.send(requestText(port, request)), email, "link");
      userIds.push(userId);
    }
    return userIds;
  } finally {
    connection.close();
  }
}
