// The vendor's own client on our gateway: answers every text, greets, pushes, and reports what it saw, one JSON a line.
import AiBot from "@wecom/aibot-node-sdk";

const [, , wsUrl, botId, secret] = process.argv;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const client = new AiBot.WSClient({ wsUrl, botId, secret, heartbeatInterval: 200, maxReconnectAttempts: 0, logger: quiet });
const report = (saw, facts = {}) => console.log(JSON.stringify({ saw, ...facts }));

client.on("authenticated", () => report("authenticated"));
client.on("disconnected", () => report("disconnected"));
client.on("error", (problem) => {
  report("error", { message: problem.message });
  process.exit(1);
});
client.on("message.text", async (frame) => {
  const { text, from, chattype, chatid, msgid } = frame.body;
  report("text", { content: text.content, person: from.userid, chattype, chatid, msgid });
  const streamId = AiBot.generateReqId("stream");
  await client.replyStream(frame, streamId, "…", false);
  await client.replyStream(frame, streamId, `heard: ${text.content}`, true);
  const pushed = await client.sendMessage(chatid ?? from.userid, { msgtype: "markdown", markdown: { content: "**pushed**" } });
  report("pushed", { errcode: pushed.errcode });
});
client.on("event.template_card_event", (frame) => report("pressed", { event: frame.body.event }));
client.on("event.enter_chat", (frame) => report("entered", { person: frame.body.from.userid }));
client.on("event.disconnected_event", () => report("replaced"));
client.connect();
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
