// Seals and opens what stands on stdin, one JSON object a line, with the vendor's own library.
import { createInterface } from "node:readline";
import crypto from "@wecom/crypto";

const { decrypt, encrypt, getSignature } = crypto;
for await (const line of createInterface({ input: process.stdin })) {
  const { aesKey, token, timestamp, nonce, message, id, sealed } = JSON.parse(line);
  const text = sealed ?? encrypt(aesKey, message, id);
  const signature = getSignature(token, timestamp, nonce, text);
  const answer = sealed ? { ...decrypt(aesKey, sealed), signature } : { sealed: text, signature };
  console.log(JSON.stringify({ ...answer, random: undefined }));
}
