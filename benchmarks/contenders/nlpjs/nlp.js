// nlp.js with its own defaults: `node nlp.js train`, or `node nlp.js serve PORT`, in the folder of training.json.
"use strict";

const fs = require("fs");
const http = require("http");
const { NlpManager } = require("node-nlp");

const MODEL = "model.nlp";
const LANGUAGE = "en";

const manager = () => new NlpManager({ languages: [LANGUAGE], autoSave: false, nlu: { log: false } });

async function train() {
  const nlp = manager();
  const intents = new Set();
  for (const [text, intent] of JSON.parse(fs.readFileSync("training.json", "utf-8"))) {
    nlp.addDocument(LANGUAGE, text, intent);
    intents.add(intent);
  }
  for (const intent of [...intents, "None"]) nlp.addAnswer(LANGUAGE, intent, `An answer on ${intent}.`);
  await nlp.train();
  nlp.save(MODEL);
}

function serve(port) {
  const nlp = manager();
  nlp.load(MODEL);
  const contexts = new Map();

  async function answer({ text, conversation }) {
    if (conversation && !contexts.has(conversation)) contexts.set(conversation, {});
    const found = await nlp.process(LANGUAGE, text, contexts.get(conversation));
    const best = found.classifications.find((one) => one.intent !== "None") || { intent: "", score: 0 };
    return { intent: best.intent, share: best.score, unsure: found.intent === "None", answer: found.answer };
  }

  const server = http.createServer((request, response) => {
    const send = (status, body) => {
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (request.method === "GET") return send(200, { status: "ok" });
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      answer(JSON.parse(body)).then((found) => send(200, found), (error) => send(500, { error: error.name }));
    });
  });
  server.listen(port, "127.0.0.1");
}

if (process.argv[2] === "train") train();
else serve(Number(process.argv[3]));
