/* The contract of DOMAIN 11 from outside: JSON in, JSON out, and what hostile input gets. */
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/cli/calc.h"
#include "tests/support/calc_answers.h"
#include "tests/support/suite.h"

/* clang-format off */
static const struct answer_case {
    const char *calculator, *input, *answer;
} answer_cases[] = {
    {"price",
     "{'currency':'EUR','model':'flat','flat_fee':'29.99'}",
     "{'amount':'29.99','lines':[{'amount':'29.99','flat_fee':'29.99','quantity':'0','tier':1,"
     "'unit_price':'0'}],'unrounded':'29.99'}"},
    {"price",
     "{'currency':'EUR','model':'per_unit','unit_price':'0.005','free_units':1,'quantity':'2'}",
     "{'amount':'0.01','lines':[{'amount':'0.005','flat_fee':'0','quantity':'1','tier':1,"
     "'unit_price':'0.005'}],'unrounded':'0.005'}"},
    {"price",
     "{'currency':'EUR','model':'graduated','tiers':[{'up_to':10,'unit_price':'10',"
     "'flat_fee':'2'},{'up_to':null,'unit_price':'5','flat_fee':'3'}],'quantity':11,"
     "'maximum_amount':'100'}",
     "{'amount':'100.00','discount':'10.00','gross':'110.00','lines':[{'amount':'102',"
     "'flat_fee':'2','quantity':'10','tier':1,'unit_price':'10'},{'amount':'8','flat_fee':'3',"
     "'quantity':'1','tier':2,'unit_price':'5'}],'unrounded':'100'}"},
    {"price",
     "{'currency':'JPY','model':'per_unit','unit_price':'1','quantity':'8500.5',"
     "'commitment':'10000'}",
     "{'amount':'10000','gross':'8501','lines':[{'amount':'8500.5','flat_fee':'0',"
     "'quantity':'8500.5','tier':1,'unit_price':'1'}],'true_up':'1499','unrounded':'10000'}"},
    /* 12.135 is rounded before it is filled up and before what was billed is taken off: no cent of a
     * discount that nobody gave is left between the printed figures. */
    {"price",
     "{'currency':'EUR','model':'flat','flat_fee':'12.135','commitment':'116.57',"
     "'already_billed_amount':'133.55','discount_percent':0}",
     "{'amount':'-16.98','gross':'-121.41','lines':[{'amount':'12.135','flat_fee':'12.135',"
     "'quantity':'0','tier':1,'unit_price':'0'}],'true_up':'104.43','unrounded':'-16.98'}"},
    {"periods",
     "{'anchor':'2024-01-31','interval':'month','count':2,'timezone':'Europe/Berlin'}",
     "{'periods':[{'end':'2024-02-29','end_at':'2024-02-28T23:00:00Z','start':'2024-01-31',"
     "'start_at':'2024-01-30T23:00:00Z'},{'end':'2024-03-31','end_at':'2024-03-30T23:00:00Z',"
     "'start':'2024-02-29','start_at':'2024-02-28T23:00:00Z'}]}"},
    {"periods",
     "{'anchor':'2024-01-15','interval':'month','interval_count':3,'align':'calendar',"
     "'until':'2024-04-01'}",
     "{'periods':[{'end':'2024-04-01','end_at':'2024-04-01T00:00:00Z','start':'2024-01-15',"
     "'start_at':'2024-01-15T00:00:00Z'}]}"},
    {"periods",
     "{'anchor':'2024-01-15','interval':'month','count':0}",
     "{'periods':[]}"},
    {"proration",
     "{'currency':'EUR','amount':'100','period':{'start':'2025-10-01','end':'2025-11-01'},"
     "'service':{'start':'2025-10-16','end':'2025-11-01'}}",
     "{'amount':'51.61','denominator':31,'numerator':16,'unrounded':'1600/31'}"},
    {"proration",
     "{'currency':'EUR','amount':100,'basis':'second','timezone':'Europe/Berlin','period':{"
     "'start':'2025-10-01','end':'2025-11-01'},'service':{'start':'2025-10-16',"
     "'end':'2025-11-01'}}",
     "{'amount':'51.68','denominator':2682000,'numerator':1386000,'unrounded':'7700/149'}"},
    {"allocation",
     "{'currency':'EUR','amount':'100','weights':[1,'1','1.0']}",
     "{'parts':['33.34','33.33','33.33']}"},
    {"allocation",
     "{'currency':'EUR','amount':'-100','weights':[1,1,1]}",
     "{'parts':['-33.34','-33.33','-33.33']}"},
    {"price",
     "{'currency':'EUR','model':'percentage','rate_percent':'2.99','minimum_per_event':'1.75',"
     "'maximum_per_event':'12','free_amount':30,'fixed_fee_per_event':'0.10',"
     "'events':[{'amount':10},{'amount':'80'},{'amount':'10000.00'}]}",
     "{'amount':'13.89','lines':[{'amount':'13.894','flat_fee':'0.2','quantity':'10060','tier':1,"
     "'unit_price':'0.0299'}],'unrounded':'13.894'}"},
    {"price",
     "{'currency':'EUR','model':'percentage','rate_percent':'2.9','quantity':1}",
     "{'amount':'0.03','lines':[{'amount':'0.029','flat_fee':'0','quantity':'1','tier':1,"
     "'unit_price':'0.029'}],'unrounded':'0.029'}"},
    {"price",
     "{'currency':'EUR','model':'percentage','rate_percent':1,'events':[{'amount':100},"
     "{'amount':200}],'already_billed_quantity':100,'already_billed_amount':1,'quantity':200}",
     "{'amount':'2.00','gross':'2.00','lines':[{'amount':'3','flat_fee':'0','quantity':'300',"
     "'tier':1,'unit_price':'0.01'}],'unrounded':'2'}"},
    {"price",
     "{'currency':'EUR','model':'graduated_percentage','tiers':[{'up_to':10,'rate_percent':1,"
     "'flat_fee':200},{'rate_percent':'2','flat_fee':300}],'events':[{'amount':5},{'amount':6}]}",
     "{'amount':'500.12','lines':[{'amount':'200.1','flat_fee':'200','quantity':'10','tier':1,"
     "'unit_price':'0.01'},{'amount':'300.02','flat_fee':'300','quantity':'1','tier':2,"
     "'unit_price':'0.02'}],'unrounded':'500.12'}"},
    {"price",
     "{'currency':'EUR','model':'dynamic','multiplier':'1.2','events':[{'amount':'0.1'},"
     "{'amount':'-0.05'}]}",
     "{'amount':'0.06','lines':[{'amount':'0.06','flat_fee':'0','quantity':'0.05','tier':1,"
     "'unit_price':'1.2'}],'unrounded':'0.06'}"},
    {"price",
     "{'currency':'EUR','model':'committed','commitment':'10','overage':{'model':'per_unit',"
     "'unit_price':'2','free_units':1},'quantity':3}",
     "{'amount':'10.00','gross':'4.00','lines':[{'amount':'4','flat_fee':'0','quantity':'2',"
     "'tier':1,'unit_price':'2'}],'true_up':'6.00','unrounded':'10'}"},
    {"price",
     "{'currency':'JPY','model':'committed','commitment':10000,'used_amount':'8500.5'}",
     "{'amount':'10000','gross':'8501','lines':[{'amount':'8500.5','flat_fee':'8500.5',"
     "'quantity':'0','tier':1,'unit_price':'0'}],'true_up':'1499','unrounded':'10000'}"},
    {"price",
     "{'currency':'EUR','model':'percentage','rate_percent':1,'events':[{'amount':100}],"
     "'quantity':99}",
     "$.quantity: is not what the events leave to bill, 100"},
    {"price",
     "{'currency':'EUR','model':'percentage','rate_percent':1,'events':[{'amount':1},{}]}",
     "$.events[1].amount: is missing: expected a decimal as a string, or an integer"},
    {"price",
     "{'currency':'EUR','model':'per_unit','unit_price':1,'events':[{'amount':1}]}",
     "$.events: does not belong to this model, which charges units"},
    {"price",
     "{'currency':'EUR','model':'flat','flat_fee':1,'used_amount':1}",
     "$.used_amount: does not belong to this model"},
    {"price",
     "{'currency':'EUR','model':'flat','flat_fee':1,'discount_percent':'100.1'}",
     "$.discount_percent: a discount of 100.1 % is outside 0 to 100"},
    {"price",
     "{'currency':'EUR','model':'flat','flat_fee':1,'rounding':'up'}",
     "$.rounding: 'up' does not round amounts: expected half_up or half_even"},
    {"price",
     "{'currency':'EUR','model':'flat','flat_fee':'0.125','rounding':'half_even'}",
     "{'amount':'0.12','lines':[{'amount':'0.125','flat_fee':'0.125','quantity':'0','tier':1,"
     "'unit_price':'0'}],'unrounded':'0.125'}"},
    {"price",
     "{'currency':'EUR','model':'flat','flat_fee':1,'commitment':-1}",
     "$.commitment: is negative"},
    {"price",
     "{'currency':'EUR','model':'committed','commitment':1,'quantity':1}",
     "$.overage: overage is missing: the model needs it"},
    {"price",
     "{'currency':'EUR','model':'committed','commitment':1,'used_amount':1,'overage':{"
     "'model':'per_unit'}}",
     "$.overage.unit_price: overage.unit_price is missing: the model needs it"},
    {"price",
     "{'currency':'EUR','model':'committed','commitment':1,'quantity':1,'overage':{"
     "'model':'per_unit','unit_price':1,'maximum_amount':1}}",
     "$.overage.maximum_amount: unknown field"},
    {"price",
     "{'currency':'EUR','model':'committed','commitment':1,'quantity':1,'overage':{"
     "'model':'committed'}}",
     "$.overage.model: overage.model is committed: a commitment has no commitment in it"},
    {"price",
     "{'currency':'EUR','model':'tiered'}",
     "$.model: 'tiered' is not a model: flat, per_unit, graduated, volume, package, percentage, "
     "graduated_percentage, dynamic or committed"},
    {"price",
     "{'currency':'EUR','model':'flat','flat_fee':29.99}",
     "$.flat_fee: is a floating-point number: write a decimal as a string"},
    {"price",
     "{'currency':'EUR','model':'flat','flat_fee':'1','qty':1}",
     "$.qty: unknown field"},
    {"price",
     "{'currency':'EUR','model':'flat','flat_fee':'1','unit_price':'1'}",
     "$.unit_price: unit_price does not belong to this model"},
    {"price",
     "{'currency':'EUR','model':'volume','quantity':1,'tiers':[{'up_to':10},{'up_to':5},{}]}",
     "$.tiers[1].up_to: tiers[1].up_to is not above that of the tier before"},
    {"price",
     "{'currency':'EUR','model':'volume','quantity':1,'tiers':[{'up_to':10}]}",
     "$.tiers[0].up_to: tiers[0].up_to must be null: the last tier has no end"},
    {"price",
     "{'currency':'EUR','model':'volume','quantity':1,'tiers':[{'price':1}]}",
     "$.tiers[0].price: unknown field"},
    {"price",
     "{'currency':'EUR','model':'per_unit','unit_price':'1'}",
     "$.quantity: is missing: expected a decimal as a string, or an integer"},
    {"price",
     "[]",
     "$: expected an object"},
    {"periods",
     "{'anchor':'0001-01-01','interval':'month','timezone':'Asia/Bishkek','count':1}",
     "$.anchor: begins before the year 1 in UTC"},
    {"periods",
     "{'anchor':'2024-01-15','interval':'month'}",
     "$.count: is missing: count or until is required"},
    {"periods",
     "{'anchor':'2024-01-15','interval':'day','until':'9999-12-31'}",
     "$.until: asks for 100000 periods or more"},
    {"proration",
     "{'currency':'EUR','amount':'1','period':{'start':'2025-02-01','end':'2025-02-01'},"
     "'service':{'start':'2025-02-01','end':'2025-02-01'}}",
     "$.period: the period is empty"},
    {"proration",
     "{'currency':'EUR','amount':'1','period':{'start':'2025-02-01','end':'2025-02-30'}}",
     "$.period.end: there is no day 2025-02-30"},
    {"allocation",
     "{'currency':'JPY','amount':'1.5','weights':[1]}",
     "$.amount: has more digits after the point than JPY, which has 0"},
    {"allocation",
     "{'currency':'EUR','amount':'1','weights':[1,-1]}",
     "$.weights[1]: is negative"},
    {"dunning",
     "{'failed_on':'2026-01-01','policy':'default'}",
     "{'attempts':[{'attempt':1,'on':'2026-01-04'},{'attempt':2,'on':'2026-01-08'},{'attempt':3,"
     "'on':'2026-01-15'},{'attempt':4,'on':'2026-01-22'}],'end':{'action':'pause',"
     "'on':'2026-01-22'}}"},
    {"dunning",
     "{'failed_on':'2026-01-01','chained_days':[1,'3',5],'end_action':'cancel'}",
     "{'attempts':[{'attempt':1,'on':'2026-01-02'},{'attempt':2,'on':'2026-01-05'},{'attempt':3,"
     "'on':'2026-01-10'}],'end':{'action':'cancel','on':'2026-01-10'}}"},
    {"dunning",
     "{'failed_on':'2026-01-01T23:30:00Z','offsets_hours':[24],'timezone':'Asia/Tokyo'}",
     "{'attempts':[{'at':'2026-01-02T23:30:00Z','attempt':1,'on':'2026-01-03'}],'end':{"
     "'action':'pause','on':'2026-01-03'}}"},
    {"dunning",
     "{'failed_on':'2026-01-01','offsets_hours':[24]}",
     "$.failed_on: hours are counted from an instant in RFC 3339"},
    {"dunning",
     "{'failed_on':'2026-01-01','offsets_days':[3,7,7]}",
     "$.offsets_days[2]: 7 is not above the one before, 7"},
    {"dunning",
     "{'failed_on':'2026-01-01','offsets_days':[]}",
     "$.offsets_days: expected 1 to 100 attempts, not 0"},
    {"dunning",
     "{'failed_on':'2026-01-01','offsets_days':[3],'chained_days':[3]}",
     "$.chained_days: one of policy and lists of steps: offsets_days is given too"},
    {"dunning",
     "{'failed_on':'2026-01-01','policy':'mild'}",
     "$.policy: there is no dunning policy 'mild': expected default"},
    {"dunning",
     "{'policy':'default'}",
     "$.failed_on: is missing: expected a date YYYY-MM-DD or an instant in RFC 3339"},
    {"conversion",
     "{'amount':'1234567.89','from':'USD','to':'JPY','date':'2026-04-19','rates':{"
     "'date':'2026-04-13','base':'EUR','rates':{'USD':'1.1705','JPY':'186.84'}}}",
     "{'amount':'197066779','publication_date':'2026-04-13','rate':'373680/2341'}"},
    {"conversion",
     "{'amount':5,'from':'EUR','to':'EUR','date':'2026-04-13','rates':{'date':'2026-04-13',"
     "'base':'EUR','rates':{}}}",
     "{'amount':'5.00','publication_date':'2026-04-13','rate':'1'}"},
    {"conversion",
     "{'amount':5,'from':'USD','to':'EUR','date':'2026-04-28','rates':{'date':'2026-04-13',"
     "'base':'EUR','rates':{'USD':'1.17'}}}",
     "$.rates.date: the rates of 2026-04-13 are 15 days older than 2026-04-28: at most 14 are "
     "allowed"},
    {"conversion",
     "{'amount':5,'from':'USD','to':'GBP','date':'2026-04-13','rates':{'date':'2026-04-13',"
     "'base':'EUR','rates':{'USD':'1.17'}}}",
     "$.rates.rates.GBP: is missing: the publication has no rate of GBP"},
    {"conversion",
     "{'amount':5,'from':'USD','to':'EUR','date':'2026-04-13','rates':{'date':'2026-04-13',"
     "'base':'EUR','rates':{'USD':'1.17','GBP':'0,87'}}}",
     "$.rates.rates.GBP: '0,87' is not a decimal: expected digits with an optional minus and "
     "decimal point, as 29.99"},
    {"conversion",
     "{'amount':5,'from':'USD','to':'EUR','date':'2026-04-13','rates':{'date':'2026-04-13',"
     "'base':'EUR','rates':{'USD':'1.17','EUR':'1.1'}}}",
     "$.rates.rates.EUR: the rate of the base is 1"},
    {"conversion",
     "{'amount':5,'from':'USD','to':'EUR','date':'2026-04-13','source':'ecb'}",
     "$.source: calc has no database of published rates: give rates"},
    {"mrr",
     "{'currency':'EUR','prices':[{'amount':'100','interval':'day'},{'amount':'3000',"
     "'interval':'month','interval_count':3},{'amount':12000,'interval':'year','quantity':'2'}]}",
     "{'prices':[{'mrr':'3041.67'},{'mrr':'1000.00'},{'mrr':'2000.00'}],'total':'6041.67'}"},
    {"mrr",
     "{'currency':'EUR','prices':[]}",
     "{'prices':[],'total':'0.00'}"},
    {"mrr",
     "{'currency':'EUR','prices':[{'amount':'100','interval':'fortnight'}]}",
     "$.prices[0].interval: 'fortnight' is not an interval: expected day, week, month, quarter, "
     "half_year or year"},
    {"mrr",
     "{'currency':'EUR','prices':[{'amount':'1','interval':'day'},{'amount':'100',"
     "'interval':'day','quantity':'-1'}]}",
     "$.prices[1].quantity: is negative"},
    {"mrr",
     "{'currency':'EUR','prices':[{'amount':'90000000000000000','interval':'day'}]}",
     "$.prices[0]: an amount of money is outside 64-bit minor units"},
    {"mrr",
     "{'currency':'EUR','prices':[{'amount':'90000000000000000','interval':'month'},{'amount':'1',"
     "'interval':'month'},{'amount':'90000000000000000','interval':'month'}]}",
     "$.prices: an amount of money is outside 64-bit minor units"},
    {"periods",
     "{'anchor':'2024-01-15','interval':'quarter','align':'calendar','until':'2024-04-01'}",
     "{'periods':[{'end':'2024-04-01','end_at':'2024-04-01T00:00:00Z','start':'2024-01-15',"
     "'start_at':'2024-01-15T00:00:00Z'}]}"},
};
/* clang-format on */

START_TEST(answers)
{
    const struct answer_case *c = &answer_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("calc test", 1 << 24);
    const char *answer = calc_answer_text(arena, c->calculator, c->input, true);
    ck_assert_msg(strcmp(answer, c->answer) == 0, "%s %s\n got %s\nnot %s", c->calculator, c->input,
                  answer, c->answer);
}
END_TEST

static const struct stream_case {
    const char *name;
    const char *input;
    size_t size;        /* 0: that of the text */
    const char *output; /* NULL: an error, whatever its words */
    int exit_code;
} stream_cases[] = {
    {
     .name = "one object over several lines",
     .input = "\n{\n \"currency\": \"EUR\",\n \"amount\": \"1\",\n \"weights\": [1]\n}\n",
     .output = "{\"parts\":[\"1.00\"]}\n",
     },
    {
     .name = "lines, one of them bad, a blank one, no newline at the end",
     .input = "{\"currency\":\"EUR\",\"amount\":1,\"weights\":[1]}\nnonsense\n  \n"
                 "{\"currency\":\"EUR\",\"amount\":2,\"weights\":[1]}",                                                                                                                      .output = "{\"parts\":[\"1.00\"]}\n"
                  "{\"error\":{\"message\":\"not JSON: '[' or '{' expected near "
                  "'nonsense'\",\"path\":\"$\"}}"
                  "\n{\"parts\":[\"2.00\"]}\n", .exit_code = EXIT_DATA,
     },
    {
     .name = "a first line that is cut, then a good one",
     .input = "{\"currency\":\n{\"currency\":\"EUR\",\"amount\":1,\"weights\":[1]}\n",
     .output = "{\"error\":{\"message\":\"not JSON: unexpected token near end of file\","
                  "\"path\":\"$\"}}\n{\"parts\":[\"1.00\"]}\n", .exit_code = EXIT_DATA,
     },
    {
     .name = "one object over several lines that is cut",
     .input = "{\n \"currency\": \"EUR\",\n \"amount\": \"1\",\n",
     .output = "{\"error\":{\"message\":\"not JSON: string or '}' expected near end of file\","
                  "\"path\":\"$\"}}\n", .exit_code = EXIT_DATA,
     },
    {
     .name = "a NUL in a line",
     .input = "{\"currency\":\"EUR\",\0\"amount\":1,\"weights\":[1]}\n",
     .size = 45,
     .exit_code = EXIT_DATA,
     },
    {
     .name = "a NUL behind a number",
     .input = "{\"currency\":\"EUR\",\"amount\":1\0,\"weights\":[1]}\n",
     .size = 45,
     .output =
            "{\"error\":{\"message\":\"not JSON: there is a NUL byte in it\",\"path\":\"$\"}}\n", .exit_code = EXIT_DATA,
     },
    {
     .name = "nothing",
     .input = " \n\n",
     .output = "{\"error\":{\"message\":\"no input: expected a JSON object\",\"path\":\"$\"}}\n",
     .exit_code = EXIT_DATA,
     },
    {
     .name = "a huge exponent",
     .input = "{\"currency\":\"EUR\",\"amount\":1e400,\"weights\":[1]}",
     .exit_code = EXIT_DATA,
     },
    {
     .name = "a huge integer",
     .input = "{\"currency\":\"EUR\",\"amount\":123456789012345678901234567890,\"weights\":[1]}",
     .exit_code = EXIT_DATA,
     },
    {
     .name = "a decimal that is too long",
     .input = "{\"currency\":\"EUR\",\"amount\":\"1234567890123456789012345678901234567890\","
                 "\"weights\":[1]}",                                                                                                                      .exit_code = EXIT_DATA,
     },
    {
     .name = "bytes that are no UTF-8",
     .input = "{\"currency\":\"EU\xff\",\"amount\":1,\"weights\":[1]}",
     .exit_code = EXIT_DATA,
     },
    {
     .name = "a field twice",
     .input = "{\"currency\":\"EUR\",\"currency\":\"EUR\",\"amount\":1,\"weights\":[1]}",
     .exit_code = EXIT_DATA,
     },
    {
     .name = "a scalar",
     .input = "12",
     .exit_code = EXIT_DATA,
     },
};

static char *stream_through(const char *calculator, const char *input, size_t size, int *exit_code)
{
    char *output = NULL;
    size_t output_size = 0;
    FILE *in = tmpfile();
    FILE *out = open_memstream(&output, &output_size);
    ck_assert(in != NULL && out != NULL);
    ck_assert(fwrite(input, 1, size, in) == size);
    rewind(in);
    *exit_code = calc_stream(calculator, in, out);
    (void)fclose(in);
    (void)fclose(out);
    return output;
}

START_TEST(streams)
{
    const struct stream_case *c = &stream_cases[_i];
    int exit_code;
    char *output = stream_through("allocation", c->input, c->size == 0 ? strlen(c->input) : c->size,
                                  &exit_code);
    ck_assert_msg(exit_code == c->exit_code, "%s: exit %d: %s", c->name, exit_code, output);
    if (c->output != NULL)
        ck_assert_msg(strcmp(output, c->output) == 0, "%s: got %s", c->name, output);
    else
        ck_assert_msg(strncmp(output, "{\"error\":{\"message\":\"", 20) == 0, "%s: got %s", c->name,
                      output);
    free(output);
}
END_TEST

/* Nesting, and lines beyond the limit, are answered, and the next line is read as such. */
START_TEST(survives_size)
{
    static const char good[] = "\n{\"currency\":\"EUR\",\"amount\":1,\"weights\":[1]}\n";
    const size_t size = CALC_LINE_MAX + 10;
    char *input = malloc(size + sizeof good);
    int exit_code;
    ck_assert(input != NULL);
    for (int brackets = 0; brackets < 2; brackets++) {
        memset(input, brackets == 1 ? '[' : 'x', size);
        memcpy(input + size, good, sizeof good);
        char *output = stream_through("allocation", input, size + sizeof good - 1, &exit_code);
        const char *second = strchr(output, '\n');
        ck_assert_int_eq(exit_code, EXIT_DATA);
        ck_assert_msg(strstr(output, "the line is longer than") != NULL, "got %s", output);
        ck_assert_msg(second != NULL && strcmp(second + 1, "{\"parts\":[\"1.00\"]}\n") == 0,
                      "got %s", output);
        free(output);
    }
    memset(input, '[', 5000);
    char *output = stream_through("allocation", input, 5000, &exit_code);
    ck_assert_int_eq(exit_code, EXIT_DATA);
    ck_assert_msg(strstr(output, "not JSON") != NULL, "got %s", output);
    free(output);
    free(input);
}
END_TEST

/* An output that cannot be written is an I/O error, not success. */
START_TEST(reports_a_full_output)
{
    FILE *in = tmpfile();
    FILE *out = fopen("/dev/full", "w");
    ck_assert(in != NULL && out != NULL);
    ck_assert(fputs("{\"currency\":\"EUR\",\"amount\":1,\"weights\":[1]}", in) >= 0);
    rewind(in);
    ck_assert_int_eq(calc_stream("allocation", in, out), EXIT_IO);
    (void)fclose(in);
    (void)fclose(out);
}
END_TEST

TEST_SUITE(calc)
{
    TEST_TABLE(answers, answer_cases);
    TEST_TABLE(streams, stream_cases);
    TEST_ONE(survives_size);
    TEST_ONE(reports_a_full_output);
}
