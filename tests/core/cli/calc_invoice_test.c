/* `calc invoice` and `calc credit_note` from outside: the figures of DOMAIN 11, and where an error
 * is found. */
#include <string.h>

#include "core/base/arena.h"
#include "tests/support/calc_answers.h"
#include "tests/support/suite.h"

/* clang-format off */
static const struct answer_case {
    const char *name, *calculator, *input, *answer;
} answer_cases[] = {
    {"everything at once", "invoice",
     "{'currency':'EUR','lines':["
     "{'id':'a','amount':'100','taxes':[{'name':'VAT','rate_percent':'19','category':'S'}]},"
     "{'id':'b','amount':'50','taxes':[{'name':'VAT','rate_percent':'7','category':'S'}]},"
     "{'id':'c','amount':'-20'}],"
     "'coupons':[{'percent':'10'},{'amount':'5','lines':['b']}],"
     "'credits':[{'id':'x','amount':'10','expires_at':'2027-01-01T00:00:00Z'},"
     "{'id':'y','amount':'5','priority':90},{'id':'z','amount':'500'}]}",
     "{'subtotal':'130.00','discount':'20.00','taxes':["
     "{'name':'VAT','rate_percent':'19','base':'90.00','tax':'17.10'},"
     "{'name':'VAT','rate_percent':'7','base':'40.00','tax':'2.80'}],"
     "'tax':'19.90','total':'129.90','credit_applied':'129.90','amount_due':'0.00','lines':["
     "{'id':'a','amount':'100.00','discount':'10.00','net':'90.00','tax':'17.10'},"
     "{'id':'b','amount':'50.00','discount':'10.00','net':'40.00','tax':'2.80'},"
     "{'id':'c','amount':'-20.00','discount':'0.00','net':'-20.00','tax':'0.00'}],"
     "'credits':[{'id':'x','applied':'10.00'},{'id':'y','applied':'5.00'},"
     "{'id':'z','applied':'114.90'}]}"},
    {"prices include two taxes", "invoice",
     "{'currency':'CAD','prices_include_tax':true,'lines':[{'id':1,'amount':'114.98','taxes':["
     "{'name':'GST','rate_percent':'5'},{'name':'QST','rate_percent':'9.975'}]}]}",
     "{'subtotal':'114.98','discount':'0.00','taxes':["
     "{'name':'GST','rate_percent':'5','base':'100.00','tax':'5.00'},"
     "{'name':'QST','rate_percent':'9.975','base':'100.00','tax':'9.98'}],"
     "'tax':'14.98','total':'114.98','credit_applied':'0.00','amount_due':'114.98','lines':["
     "{'id':1,'amount':'114.98','discount':'0.00','net':'100.00','tax':'14.98'}],'credits':[]}"},
    {"a discount before an included tax", "invoice",
     "{'currency':'EUR','prices_include_tax':true,'coupons':[{'amount':'19'}],'lines':["
     "{'id':'a','amount':'138','taxes':[{'name':'VAT','rate_percent':'19'}]}]}",
     "{'subtotal':'138.00','discount':'19.00','taxes':["
     "{'name':'VAT','rate_percent':'19','base':'100.00','tax':'19.00'}],"
     "'tax':'19.00','total':'119.00','credit_applied':'0.00','amount_due':'119.00','lines':["
     "{'id':'a','amount':'138.00','discount':'19.00','net':'100.00','tax':'19.00'}],'credits':[]}"},
    {"stacking and roundings are heard", "invoice",
     "{'currency':'EUR','stacking':'best','tax_rounding':'line','rounding':'half_even','coupons':["
     "{'percent':'10'},{'percent':'50','lines':['b']}],'lines':["
     "{'id':'a','amount':'0.25','taxes':[{'name':'T','rate_percent':'10'}]},"
     "{'id':'b','amount':'0.50','taxes':[{'name':'T','rate_percent':'10'}]}]}",
     "{'subtotal':'0.75','discount':'0.25','taxes':["
     "{'name':'T','rate_percent':'10','base':'0.50','tax':'0.04'}],"
     "'tax':'0.04','total':'0.54','credit_applied':'0.00','amount_due':'0.54','lines':["
     "{'id':'a','amount':'0.25','discount':'0.00','net':'0.25','tax':'0.02'},"
     "{'id':'b','amount':'0.50','discount':'0.25','net':'0.25','tax':'0.02'}],'credits':[]}"},
    {"a negative total draws no credit", "invoice",
     "{'currency':'JPY','lines':[{'id':'a','amount':'-5'}],'credits':[{'id':1,'amount':3}]}",
     "{'subtotal':'-5','discount':'0','taxes':[],'tax':'0','total':'-5','credit_applied':'0',"
     "'amount_due':'-5','lines':[{'id':'a','amount':'-5','discount':'0','net':'-5','tax':'0'}],"
     "'credits':[{'id':1,'applied':'0'}]}"},
    {"a line twice", "invoice", "{'currency':'EUR','lines':[{'id':1,'amount':1},{'id':1,'amount':1}]}",
     "$.lines[1].id: is the id of an earlier entry too"},
    {"a line without an id", "invoice", "{'currency':'EUR','lines':[{'amount':1}]}",
     "$.lines[0].id: is missing: expected a string or an integer"},
    {"half a cent", "invoice", "{'currency':'EUR','lines':[{'id':1,'amount':'0.005'}]}",
     "$.lines[0].amount: has more digits after the point than EUR, which has 2"},
    {"a rounding of packages", "invoice", "{'currency':'EUR','lines':[],'rounding':'down'}",
     "$.rounding: 'down' does not round amounts: expected half_up or half_even"},
    {"no lines", "invoice", "{'currency':'EUR'}", "$.lines: is missing: expected an array"},
    {"an unknown field of a tax", "invoice",
     "{'currency':'EUR','lines':[{'id':1,'amount':1,'taxes':[{'rate':19}]}]}",
     "$.lines[0].taxes[0].rate: unknown field"},
    {"a negative rate", "invoice",
     "{'currency':'EUR','lines':[{'id':1,'amount':1,'taxes':[{'rate_percent':-1}]}]}",
     "$.lines[0].taxes[0].rate_percent: is negative"},
    {"the same tax twice", "invoice",
     "{'currency':'EUR','lines':[{'id':1,'amount':1,'taxes':[{'rate_percent':1},{'rate_percent':'1.0'}]}]}",
     "$.lines: a line has tax '' of 1 % twice"},
    {"a coupon of two kinds", "invoice",
     "{'currency':'EUR','lines':[],'coupons':[{'percent':1,'amount':1}]}",
     "$.coupons[0]: expected either percent or amount"},
    {"a coupon for a stranger", "invoice",
     "{'currency':'EUR','lines':[{'id':1,'amount':1}],'coupons':[{'percent':1,'lines':['1']}]}",
     "$.coupons[0].lines[0]: is no line of this invoice"},
    {"a coupon for a line twice", "invoice",
     "{'currency':'EUR','lines':[{'id':1,'amount':1}],'coupons':[{'percent':1,'lines':[1,1]}]}",
     "$.coupons[0].lines: names a line twice"},
    {"a coupon that adds", "invoice",
     "{'currency':'EUR','lines':[],'coupons':[{'amount':-1}]}", "$.coupons[0].amount: is negative"},
    {"an unknown stacking", "invoice", "{'currency':'EUR','lines':[],'stacking':'all'}",
     "$.stacking: 'all' is no way to stack coupons: multiplicative, additive, best or none"},
    {"a credit that is owed", "invoice",
     "{'currency':'EUR','lines':[],'credits':[{'id':1,'amount':'-1'}]}",
     "$.credits[0].amount: is negative"},
    {"a credit's expiry", "invoice",
     "{'currency':'EUR','lines':[],'credits':[{'id':1,'amount':1,'expires_at':'2026-02-30'}]}",
     "$.credits[0].expires_at: there is no day 2026-02-30"},
    {"too large", "invoice",
     "{'currency':'EUR','lines':[{'id':1,'amount':'90000000000000000'},{'id':2,'amount':'90000000000000000'}]}",
     "$.lines: an amount of money is outside 64-bit minor units"},

    {"an unused part", "credit_note",
     "{'currency':'EUR','net':'200.00','unused':{'numerator':29,'denominator':30},"
     "'taxes':[{'name':'VAT','rate_percent':'25'}]}",
     "{'net':'193.33','taxes':[{'name':'VAT','rate_percent':'25','tax':'48.33'}],'tax':'48.33',"
     "'total':'241.66'}"},
    {"the remainder of two taxes", "credit_note",
     "{'currency':'CAD','net':'100.00','already_credited':{'net':'50.00','tax':'7.50'},"
     "'taxes':[{'name':'GST','rate_percent':'5'},{'name':'QST','rate_percent':'9.975'}]}",
     "{'net':'50.00','taxes':[{'name':'GST','rate_percent':'5','tax':'2.50'},"
     "{'name':'QST','rate_percent':'9.975','tax':'4.98'}],'tax':'7.48','total':'57.48'}"},
    {"no tax", "credit_note", "{'currency':'JPY','net':100}",
     "{'net':'100','taxes':[],'tax':'0','total':'100'}"},
    {"a part above one", "credit_note",
     "{'currency':'EUR','net':1,'unused':{'numerator':3,'denominator':2}}",
     "$.unused.numerator: is more than the denominator"},
    {"a part of nothing", "credit_note",
     "{'currency':'EUR','net':1,'unused':{'numerator':0,'denominator':0}}",
     "$.unused.denominator: expected an integer from 1 to 9223372036854775807"},
    {"a negative net", "credit_note", "{'currency':'EUR','net':-1}", "$.net: is negative"},
    {"more credited than invoiced", "credit_note",
     "{'currency':'EUR','net':1,'already_credited':{'net':2,'tax':0}}",
     "$: net of 2.00 is credited, more than the 1.00 invoiced"},
    {"half of what was credited", "credit_note",
     "{'currency':'EUR','net':1,'already_credited':{'net':0}}",
     "$.already_credited.tax: is missing: expected a decimal as a string, or an integer"},
};
/* clang-format on */

START_TEST(answers)
{
    const struct answer_case *c = &answer_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("calc test", 1 << 24);
    const char *answer = calc_answer_text(arena, c->calculator, c->input, false);
    ck_assert_msg(strcmp(answer, c->answer) == 0, "%s\n got %s\nnot %s", c->name, answer,
                  c->answer);
}
END_TEST

TEST_SUITE(calc_invoice)
{
    TEST_TABLE(answers, answer_cases);
}
