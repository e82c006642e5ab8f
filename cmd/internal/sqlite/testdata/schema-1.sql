-- A data folder's tables as schema 1 left them, with what the program of that time wrote into them.
CREATE TABLE runs (
    id      TEXT PRIMARY KEY,
    number  INTEGER NOT NULL UNIQUE,
    name    TEXT NOT NULL,
    state   TEXT NOT NULL,
    created INTEGER NOT NULL,              -- Unix milliseconds
    body    TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX runs_by_state ON runs (state);

CREATE TABLE transactions (
    id       TEXT PRIMARY KEY,
    chain_id INTEGER NOT NULL,
    genesis  TEXT NOT NULL,
    intent   TEXT NOT NULL,
    state    TEXT NOT NULL,
    created  INTEGER NOT NULL,             -- Unix milliseconds
    body     TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
-- One thing a person meant to do on one chain is one transaction, whatever crashes in between.
CREATE UNIQUE INDEX transactions_by_intent ON transactions (chain_id, genesis, intent)
    WHERE intent <> '';

CREATE TABLE notices (
    id       TEXT PRIMARY KEY,
    at       INTEGER NOT NULL,             -- Unix milliseconds
    severity TEXT NOT NULL,
    title    TEXT NOT NULL,
    text     TEXT NOT NULL,
    route    TEXT NOT NULL,
    read     INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE drafts (
    key  TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    at   INTEGER NOT NULL                  -- Unix milliseconds
) STRICT;

INSERT INTO runs VALUES ('01a1fe49-805b-7b10-bcf4-a716cc2d280c', 1, 'first', 'finished', 1795267592292, '{"id":"01a1fe49-805b-7b10-bcf4-a716cc2d280c","number":1,"name":"first","state":"finished","recipe":{"base":"SmolLM2-135M-Instruct@fe99bb2c271a","data":[{"net":"orchard-almanac","version":1,"weight_ppm":1000000}],"method":"lora","rank":8,"alpha":16,"dropout":0,"learning_rate":0.001,"scheduler":"cosine","warmup_share":0.03,"passes":1,"max_steps":0,"batch_size":4,"accumulation":1,"max_length":256,"clip_norm":1,"weight_decay":0,"seed":1,"eval_ppm":50000,"eval_every":10,"checkpoint_every":10,"train_on":"answers","device":"auto","threads":0},"account":"0xCbfabB15CB0297E4Cd838756a6e8585541617Fb1","created":"2026-11-21T13:26:32.292322806Z","step":12,"steps":12,"trained_tokens":1480,"seconds":31.5,"started":"2026-11-21T13:26:40.1Z","ended":"2026-11-21T13:27:20.2Z","adapter_digest":"5b2f0e8c4d1a97e36f8b0c2d4e6f8091a3b5c7d9e1f30415263748596a7b8c9d"}');
INSERT INTO runs VALUES ('01a1fe49-8111-7b10-bcf4-a716cc2d280d', 2, '', 'failed', 1795267592293, '{"id":"01a1fe49-8111-7b10-bcf4-a716cc2d280d","number":2,"name":"","state":"failed","recipe":{"base":"SmolLM2-135M-Instruct@fe99bb2c271a","data":[{"net":"orchard-almanac","version":1,"weight_ppm":1000000}],"method":"lora","rank":8,"alpha":16,"dropout":0,"learning_rate":0.001,"scheduler":"cosine","warmup_share":0.03,"passes":1,"max_steps":0,"batch_size":4,"accumulation":1,"max_length":256,"clip_norm":1,"weight_decay":0,"seed":1,"eval_ppm":50000,"eval_every":10,"checkpoint_every":10,"train_on":"answers","device":"auto","threads":0},"account":"0xCbfabB15CB0297E4Cd838756a6e8585541617Fb1","created":"2026-11-21T13:26:32.292322806Z","step":3,"steps":12,"trained_tokens":0,"seconds":0,"started":"2026-11-21T13:28:00Z","ended":"2026-11-21T13:28:09Z","reason":"the loss is not finite at step 4","failure":{"code":"nan","message":"the loss is not finite at step 4","advice":"Start again with a lower learning rate.","exit_code":1}}');
INSERT INTO transactions VALUES ('01a1fe49-7e6a-774b-b51f-d61167db1ed1', 1296450646, '0x81abdf8641f554ad2b24aa624d6df9070ae632d289394200045686ba99705ba3', 'licence:1:0xCbfabB15CB0297E4Cd838756a6e8585541617Fb1:-62135596800', 'mined', 1795267591786, '{"ID":"01a1fe49-7e6a-774b-b51f-d61167db1ed1","Kind":"buy_licence","Note":"","ChainID":1296450646,"Genesis":"0x81abdf8641f554ad2b24aa624d6df9070ae632d289394200045686ba99705ba3","Hash":"0xa91ad75b27ee06c05c4707adb2407fa052d9036305ca09900525d1e0196c99f5","From":"0xcbfabb15cb0297e4cd838756a6e8585541617fb1","To":"0x0fc31a2877f4a8fb841dd524982f4fda4be0755c","Value":12000000000000000000,"Nonce":0,"Raw":"Avi4hE1GRFaAAYQYgGiTgwIGXZQPwxood/So+4Qd1SSYL0/aS+B1XIimiJBr2LAAALhENUn2JAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABwOtK8LLDnuTw3f/+3eyTuFAYhtCy4p8kbe9I3Pe1eeLAAaBQg5g/uM2gzGDeFvqsQh+QOuRJUfq/cpkxvjo9Kq45HKBOZnW/bzhh1tATnPQtOtKR3ziAoeAjKwJa3shMyvuzGg==","State":"mined","Block":13,"Error":"","Created":"2026-11-21T13:26:31.786301437Z","Updated":"2026-11-21T13:26:31.818547582Z","FeePaid":18914448642698,"Intent":"licence:1:0xCbfabB15CB0297E4Cd838756a6e8585541617Fb1:-62135596800"}');
INSERT INTO drafts VALUES ('recipe', '{"base":"tiny"}', 1795267592292);
