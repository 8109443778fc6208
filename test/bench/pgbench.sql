-- The bare SQL of the same three commits: an order row and five events, one prepared statement per commit.
-- Identities grow with time, client by client, as a time-ordered UUID does.
\set n :n + 1
\set id :run * 1000000000000 + :client_id * 1000000000 + :n
WITH opened AS (
  INSERT INTO bench_checkout (checkout_id, order_id, pay_token, payer, state, version, amount, hash, created_at, updated_at, due_at)
  VALUES (lpad(to_hex(:id::bigint), 32, '0')::uuid, 'test-' || :id::bigint, 'pt' || :id::bigint, 'p', 'minted', 2, 9000,
          decode(repeat('ab', 32), 'hex'), now(), now(), now() + interval '45 seconds')
  RETURNING checkout_id
)
INSERT INTO bench_event (checkout_id, version, type, from_state, to_state, data, machine_version, recorded_at, prev_hash, hash)
SELECT checkout_id, v, 'CheckoutOpened', 'a', 'b',
       '{"order":{"amount": 9000,"amountTaxFree": 0,"items":[{"name":"Coffee","price": 4500,"quantity": 2,"sku":"coffee"}],"leaseMs": 45000,"mode":"TEST","orderId":"test-019b76da-a800-75bd-bd22-7e787ca0c982","payer":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","reference": null,"ttlMs": 900000}}'::jsonb,
       1, now(), decode(repeat('ab', 32), 'hex'), decode(repeat('cd', 32), 'hex')
  FROM opened, generate_series(1, 2) v;
WITH moved AS (
  UPDATE bench_checkout SET state = 'executing', version = 4, updated_at = now(), due_at = now() + interval '45 seconds'
   WHERE checkout_id = lpad(to_hex(:id::bigint), 32, '0')::uuid AND version = 2 RETURNING checkout_id
)
INSERT INTO bench_event (checkout_id, version, type, from_state, to_state, data, machine_version, recorded_at, prev_hash, hash)
SELECT checkout_id, v, 'ExecutionStarted', 'b', 'c', '{"attempt": 1}'::jsonb, 1, now(),
       decode(repeat('ab', 32), 'hex'), decode(repeat('cd', 32), 'hex')
  FROM moved, generate_series(3, 4) v;
WITH moved AS (
  UPDATE bench_checkout SET state = 'settled', version = 5, updated_at = now(), due_at = NULL
   WHERE checkout_id = lpad(to_hex(:id::bigint), 32, '0')::uuid AND version = 4 RETURNING checkout_id
)
INSERT INTO bench_event (checkout_id, version, type, from_state, to_state, data, machine_version, recorded_at, prev_hash, hash)
SELECT checkout_id, 5, 'PaymentExecuted', 'c', 'd',
       '{"answer":{"amount": 9000,"discountedAmount": 0,"instrument":"Shinhan 123456******7890","method":"CARD","mode":"TEST","orderNo":"test-019b76da-a800-75bd-bd22-7e787ca0c982","paidAmount": 9000,"paidAt":"2026-01-01T00:00:00.000Z","payStatus": null,"payToken":"a80075bdbd227e787ca0c982","source":"execute-payment","transactionId":"3f2b9a52-6f0e-4c0e-9d53-0a4f2f6f3c11"},"attempt": 1,"checks":[{"agrees": true,"field":"amount","ours": 9000,"theirs": 9000},{"agrees": true,"field":"orderNo","ours":"test-019b76da-a800-75bd-bd22-7e787ca0c982","theirs":"test-019b76da-a800-75bd-bd22-7e787ca0c982"},{"agrees": true,"field":"payToken","ours":"a80075bdbd227e787ca0c982","theirs":"a80075bdbd227e787ca0c982"},{"agrees": true,"field":"mode","ours":"TEST","theirs":"TEST"},{"agrees": true,"field":"paidAndDiscounted","ours": 9000,"theirs": 9000}]}'::jsonb,
       1, now(), decode(repeat('ab', 32), 'hex'), decode(repeat('cd', 32), 'hex')
  FROM moved;
