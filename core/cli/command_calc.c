/* calc: the rules by themselves, over JSON from a file or standard input. */
#include <errno.h>
#include <string.h>

#include "core/base/text.h"
#include "core/cli/calc.h"
#include "core/cli/cli.h"

static void close_file(FILE **file)
{
    if (*file != NULL && *file != stdin)
        (void)fclose(*file);
}

static int run_calc(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    CLEANUP(close_file) FILE *in = NULL;
    if (!cli_parse(cli, &command_calc, argc, argv, NULL, 0, &arguments, &err))
        return cli_fail(cli, &err);
    if (arguments.count < 1 || arguments.count > 2 || !calc_known(arguments.items[0])) {
        (void)error_run(&err, EXIT_USAGE, "calc needs a calculator%s%s",
                        arguments.count > 0 ? ", not " : "",
                        arguments.count > 0 ? arguments.items[0] : "");
        (void)error_hint(&err, "there are: %s", calc_names());
        return cli_fail(cli, &err);
    }
    bool from_stdin = arguments.count == 1 || text_equal(arguments.items[1], "-");
    in = from_stdin ? stdin : fopen(arguments.items[1], "re");
    if (in == NULL) {
        (void)error_run(&err, EXIT_USAGE, "cannot read %s: %s", arguments.items[1],
                        strerror(errno));
        return cli_fail(cli, &err);
    }
    return calc_stream(arguments.items[0], in, stdout);
}

const struct command command_calc = {
    .name = "calc",
    .arguments = "CALCULATOR [FILE]",
    .summary = "compute a price, periods, a proration and more from JSON, without a database",
    .help =
        "Reads one JSON object, or JSON Lines with one answer a line, from FILE or standard\n"
        "input. Decimals are strings. A line that is wrong is answered with its error and path;\n"
        "the exit code is then 65.\n\n"
        "Calculators:\n"
        "  price       what a quantity costs, with the lines that explain it\n"
        "  periods     the billing periods of an anchor\n"
        "  proration   the part of an amount that a service used of its period\n"
        "  invoice     lines, coupons, taxes and credits, down to the amount due\n"
        "  credit_note the part of an invoice that is given back, with its taxes\n"
        "  dunning     the days on which a failed invoice is tried again\n"
        "  conversion  an amount in another currency, by the rates of one publication\n"
        "  mrr         recurring prices, each brought to a month\n"
        "  allocation  an amount split so that the parts sum to it\n\n"
        "Fields (others are errors; those in brackets may be left out):\n"
        "  price       currency, model, the fields of the model as in a record `price`\n"
        "              (`billmill import --fields price`), quantity or events [{amount}]\n"
        "              (discount_percent, minimum_amount, maximum_amount, commitment, "
        "used_amount,\n"
        "              already_billed_quantity, already_billed_amount, flat_fee_at_zero, "
        "rounding)\n"
        "  periods     anchor, interval, count or until (start, anchor_day, interval_count,\n"
        "              timezone, align)\n"
        "  proration   currency, amount, period {start, end}, service {start, end}\n"
        "              (basis: day, second, fixed30, none; timezone)\n"
        "  invoice     currency, lines [{id, amount, (taxes [{rate_percent, (name, category)}])}]\n"
        "              (coupons [{percent or amount, (lines [id])}], stacking: multiplicative,\n"
        "              additive, best, none; credits [{id, amount, (priority, expires_at)}],\n"
        "              prices_include_tax, tax_rounding: group, line, invoice; rounding)\n"
        "  credit_note currency, net (unused {numerator, denominator}, taxes [{rate_percent,\n"
        "              (name)}], already_credited {net, tax})\n"
        "  dunning     failed_on, and policy: default, or offsets_days [], or chained_days [], or\n"
        "              offsets_hours [] (timezone, end_action)\n"
        "  conversion  amount, from, to, date, rates {date, base, rates {CODE: rate}}\n"
        "  mrr         currency, prices [{amount, interval, (interval_count, quantity)}]\n"
        "  allocation  currency, amount, weights []\n"
        "rounding is half_up or half_even; interval is day, week, month, quarter, half_year or "
        "year.\n\n"
        "Examples:\n"
        "  echo '{\"currency\":\"EUR\",\"amount\":\"100\",\"weights\":[1,1,1]}' | billmill calc "
        "allocation\n"
        "  echo '{\"currency\":\"EUR\",\"lines\":[{\"id\":1,\"amount\":\"100\",\"taxes\":["
        "{\"name\":\"VAT\",\n"
        "    \"rate_percent\":\"19\"}]}],\"coupons\":[{\"percent\":\"10\"}]}' | billmill calc "
        "invoice\n"
        "  echo '{\"failed_on\":\"2026-01-31\",\"policy\":\"default\"}' | billmill calc dunning\n"
        "  echo "
        "'{\"amount\":\"100\",\"from\":\"USD\",\"to\":\"JPY\",\"date\":\"2026-04-13\",\"rates\":\n"
        "    "
        "{\"date\":\"2026-04-13\",\"base\":\"EUR\",\"rates\":{\"USD\":\"1.1705\",\"JPY\":\"186."
        "84\"}}}' "
        "|\n    billmill calc conversion\n"
        "  echo '{\"currency\":\"EUR\",\"prices\":[{\"amount\":\"120\",\"interval\":\"year\"}]}' "
        "|\n"
        "    billmill calc mrr\n"
        "  billmill calc price prices.jsonl\n",
    .run = run_calc,
};
