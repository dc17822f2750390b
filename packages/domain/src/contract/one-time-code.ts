import { z } from "zod";
import { CODE_PURPOSES } from "../people/one-time-code.ts";
import { KEY_NAME } from "../text/text.ts";
import { scope, scopesOfNewKey } from "./api-key.ts";
import { idOf, page, paging, pathId, text, timestamp, userPathId } from "./fields.ts";
import { createUserInput, user } from "./user.ts";

const purpose = z.enum(CODE_PURPOSES).meta({
  id: "CodePurpose",
  description:
    "What the code is redeemed for: `SESSION` by a person in a browser, `API_KEY` by a program.",
  example: "API_KEY",
});

const codeShape = {
  id: idOf("code", "Id of the code; not the code itself."),
  userId: idOf("user", "Whose key or session it is redeemed for."),
  purpose,
  name: z.string().meta({
    description: "What the code is for; the name of the key that it is redeemed for.",
    example: "Telegram",
  }),
  scopes: z
    .array(scope)
    .meta({ description: "The scopes of the key or session that it is redeemed for." }),
  issuerId: idOf("user", "Who issued it; null: the operator.").nullable(),
  createdAt: timestamp("When it was issued."),
  expiresAt: timestamp("Until when it can be redeemed."),
};

export const oneTimeCode = z
  .object(codeShape)
  .meta({ id: "OneTimeCode", description: "An outstanding one-time code without its secret." });

export const oneTimeCodeWithSecret = z
  .object({
    ...codeShape,
    code: z.string().meta({
      description:
        "The code itself, shown only once. In a URL it belongs after the `#`, which no browser sends.",
      example: "sfc_...",
    }),
  })
  .meta({ id: "OneTimeCodeWithSecret", description: "A new one-time code." });

export const oneTimeCodePage = page("OneTimeCodePage", oneTimeCode);

export const issueCodeBody = z.strictObject({
  purpose,
  name: text(KEY_NAME, {
    description: "What the code is for; the name of the key that it is redeemed for.",
    example: "Telegram",
  }).optional(),
  scopes: scopesOfNewKey.optional(),
});
export const issueCodeForInput = issueCodeBody.extend({ id: userPathId });

export const listCodesInput = z.strictObject(paging);
export const listCodesOfInput = listCodesInput.extend({ id: userPathId });

export const codeById = z.strictObject({
  id: pathId("Id of the code.", "cod_01kjg3v9tefya8h8m6q1v0c3zd"),
});

export const inviteUserInput = createUserInput;

export const invitation = z
  .object({
    user: user.meta({ description: "The new user, who has no API key." }),
    code: oneTimeCodeWithSecret.meta({ description: "The code to sign in with." }),
  })
  .meta({ id: "Invitation", description: "A user who was invited." });
