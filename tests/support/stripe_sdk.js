// Stripe's own library against gateway_server.py: it has to take the test gateway for Stripe.
//
//     NODE_PATH=DIRECTORY/node_modules node stripe_sdk.js PORT [SIGNED]
//
// SIGNED: a file whose lines are secret, Stripe-Signature header, body (of webhook_sign); each has to be
// accepted by constructEvent. Prints what is not as expected; exit 1 when there was anything.
'use strict';
const assert = require('assert');
const fs = require('fs');
const Stripe = require('stripe');

const stripe = new Stripe('sk_test_1', {
  host: '127.0.0.1', port: Number(process.argv[2]), protocol: 'http', maxNetworkRetries: 0, telemetry: false,
  timeout: 2000,
});
let failed = 0;

async function check(name, act) {
  try {
    await act();
  } catch (error) {
    failed++;
    console.log(`${name}: ${error.message}`);
  }
}

function charge(token, attempt, more) {
  return stripe.paymentIntents.create({
    amount: 2999, currency: 'eur', customer: `cus_${attempt}`, payment_method: token, off_session: true,
    confirm: true, metadata: {invoice_id: 'INV', attempt}, ...more,
  }, {idempotencyKey: attempt});
}

async function refused(name, token, attempt, expected) {
  await check(name, async () => {
    const error = await charge(token, attempt).then(() => assert.fail('was charged'), (raised) => raised);
    for (const [key, value] of Object.entries(expected)) assert.deepStrictEqual(error[key], value, key);
  });
}

async function main() {
  await check('paid', async () => {
    const intent = await charge('pm_paid', 'n1');
    assert.strictEqual(intent.status, 'succeeded');
    assert.strictEqual(intent.amount_received, 2999);
    const again = await charge('pm_paid', 'n1');
    assert.strictEqual(again.id, intent.id);
    assert.strictEqual(again.lastResponse.headers['idempotent-replayed'], 'true');
    assert.strictEqual((await stripe.paymentIntents.retrieve(intent.id)).metadata.attempt, 'n1');
  });
  await refused('declined', 'pm_stolen_card', 'n2', {
    type: 'StripeCardError', statusCode: 402, code: 'card_declined', decline_code: 'stolen_card'});
  await refused('expired', 'pm_expired_card', 'n3', {type: 'StripeCardError', code: 'expired_card'});
  await refused('advice', 'pm_advice_do_not_try_again', 'n4', {
    type: 'StripeCardError', advice_code: 'do_not_try_again'});
  await refused('too many', 'pm_429_7', 'n5', {type: 'StripeRateLimitError', statusCode: 429});
  await refused('a failure', 'pm_500', 'n6', {type: 'StripeAPIError', statusCode: 500});
  await refused('in use', 'pm_409', 'n7', {statusCode: 409, code: 'idempotency_key_in_use'});
  await refused('refused', 'pm_refused', 'n8', {type: 'StripeInvalidRequestError', statusCode: 400});
  await check('lost', async () => { // the library sends it again with the same key: it is charged once
    const intent = await charge('pm_lost', 'n9');
    assert.strictEqual(intent.lastResponse.headers['idempotent-replayed'], 'true');
  });
  await refused('cut', 'pm_cut', 'n10', {statusCode: undefined});
  await check('another request with the key', async () => {
    const error = await charge('pm_paid', 'n1', {amount: 1}).catch((raised) => raised);
    assert.strictEqual(error.type, 'StripeIdempotencyError');
  });
  await check('lost and found by listing', async () => {
    const found = [];
    for await (const intent of stripe.paymentIntents.list({customer: 'cus_n9', limit: 1})) found.push(intent);
    assert.deepStrictEqual(found.map((intent) => [intent.status, intent.metadata.attempt]), [['succeeded', 'n9']]);
  });
  await check('listing goes through pages', async () => {
    for (let i = 0; i < 5; i++) await charge('pm_paid', `page${i}`, {customer: 'cus_pages'});
    const found = [];
    for await (const intent of stripe.paymentIntents.list({customer: 'cus_pages', limit: 2})) {
      found.push(intent.metadata.attempt);
    }
    assert.deepStrictEqual(found, ['page4', 'page3', 'page2', 'page1', 'page0']);
  });
  await check('3-D Secure', async () => {
    const intent = await charge('pm_action_paid', 'n11');
    assert.strictEqual(intent.status, 'requires_action');
    await stripe.paymentIntents.retrieve(intent.id);
    assert.strictEqual((await stripe.paymentIntents.retrieve(intent.id)).status, 'succeeded');
  });
  await check('a refund', async () => {
    const intent = await charge('pm_paid', 'n12');
    const refund = await stripe.refunds.create({payment_intent: intent.id, amount: 1000}, {idempotencyKey: 'r12'});
    assert.strictEqual(refund.status, 'succeeded');
    assert.strictEqual((await stripe.refunds.list({payment_intent: intent.id})).data[0].id, refund.id);
  });
  await check('confirmed later', async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 500, currency: 'jpy', customer: 'cus_later', payment_method: 'pm_paid'});
    assert.strictEqual(intent.status, 'requires_confirmation');
    const confirmed = await stripe.paymentIntents.confirm(intent.id, {off_session: true});
    assert.deepStrictEqual([confirmed.id, confirmed.status], [intent.id, 'succeeded']);
  });
  const signed = process.argv[3] ? fs.readFileSync(process.argv[3], 'utf8').trimEnd().split('\n') : [];
  for (let at = 0; at + 2 < signed.length; at += 3) {
    const [secret, header, body] = signed.slice(at, at + 3);
    await check(`signature ${header}`, async () => {
      stripe.webhooks.constructEvent(body, header, secret, 300, undefined, Number(/t=(\d+)/.exec(header)[1]) * 1000);
      assert.throws(() => stripe.webhooks.constructEvent(
        body + ' ', header, secret, 300, undefined, Number(/t=(\d+)/.exec(header)[1]) * 1000));
    });
  }
  console.log(`${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}

main();
