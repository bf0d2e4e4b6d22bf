import type { Locale } from "@lanyard/contracts";

/** What all mails look like: one card, no pictures, readable in the dark. Everything given is HTML already. */
export const mailPage = ({
  locale,
  title,
  body,
  foot,
}: {
  readonly locale: Locale;
  readonly title: string;
  readonly body: readonly string[];
  readonly foot: readonly string[];
}): string => `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${title}</title>
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background: #0f141b !important; color: #e6e9ee !important; }
  .card { background: #1a212b !important; border-color: #2c3644 !important; }
  .code { background: #0f141b !important; color: #ffffff !important; }
  .button { background: #3b6ff0 !important; }
  .quiet { color: #9aa6b6 !important; }
  .rule { border-color: #2c3644 !important; }
}
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f3f5f8;color:#1b2430;font:16px/24px system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
<table class="page" role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f3f5f8;color:#1b2430"><tr><td align="center" style="padding:32px 12px">
<table class="card" role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:480px;background:#ffffff;border:1px solid #e1e6ed;border-radius:14px"><tr><td style="padding:32px 32px 20px;font:16px/24px system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
<h1 style="margin:0 0 14px;font-size:22px;line-height:28px;font-weight:650">${title}</h1>
${body.join("\n")}
<hr class="rule" style="margin:12px 0 20px;border:0;border-top:1px solid #e1e6ed">
${foot.join("\n")}
</td></tr></table>
</td></tr></table>
</body>
</html>
`;
