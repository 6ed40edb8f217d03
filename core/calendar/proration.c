/* Proration: see proration.h. A ruler marks the boundaries of the period and of the ones after it:
 * boundary 0 and 1 are the period itself. Marks are days or microseconds, whatever the basis
 * measures. */
#include "core/calendar/proration.h"

#include "core/base/text.h"
#include "core/calendar/civil.h"

#define FIXED_MONTH_DAYS 30

static const char *const names[] = {
    [PRORATE_DAY] = "day",
    [PRORATE_SECOND] = "second",
    [PRORATE_FIXED30] = "fixed30",
    [PRORATE_NONE] = "none",
};

bool proration_basis_parse(const char *name, enum proration_basis *ret_basis, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (text_equal(name, names[i])) {
            *ret_basis = (enum proration_basis)i;
            return true;
        }
    }
    return error_item(err, "bad_basis",
                      "'%.40s' is not a basis: expected day, second, fixed30 or none", name);
}

const char *proration_basis_name(enum proration_basis basis)
{
    return names[basis];
}

struct ruler {
    enum proration_basis basis;
    const struct zone *zone;
    struct period dates;   /* the period in local dates, when `by_dates` */
    bool by_dates;         /* boundaries are dates; else every `length` from `start` */
    bool as_instants;      /* marks are microseconds, else days */
    int32_t second_of_day; /* of the boundaries, for instants by dates */
    int32_t months;        /* between boundaries; 0: days */
    int32_t anchor_day;
    int64_t start;
    int64_t end;
};

/* Months from one boundary to the next when both are on one anchor day: 31 January to 29 February
 * is a month with the anchor day 31. Otherwise 0. */
static int32_t months_of(struct period period, int32_t *ret_anchor_day)
{
    struct civil_date from = date_civil(period.start);
    struct civil_date to = date_civil(period.end);
    int32_t months = (to.year - from.year) * 12 + to.month - from.month;
    int32_t day = from.day > to.day ? from.day : to.day;
    bool start_fits = from.day == day || from.day == date_days_in_month(from.year, from.month);
    bool end_fits = to.day == day || to.day == date_days_in_month(to.year, to.month);
    *ret_anchor_day = day;
    return start_fits && end_fits ? months : 0;
}

static bool mark(const struct ruler *ruler, int64_t k, int64_t *ret_mark, struct error *err)
{
    struct date date;
    if (!ruler->by_dates) {
        *ret_mark = ruler->start + k * (ruler->end - ruler->start);
        return true;
    }
    if (ruler->months > 0) {
        if (!date_add_months(ruler->dates.start, k * ruler->months, ruler->anchor_day, &date, err))
            return false;
    } else if (!date_add_days(ruler->dates.start, k * period_days(ruler->dates), &date, err)) {
        return false;
    }
    *ret_mark =
        ruler->as_instants ? zone_instant(ruler->zone, date, ruler->second_of_day) : date.days;
    return true;
}

/* Days of 30E/360: every month has 30, the 31st counts as the 30th. */
static int64_t fixed_days(int64_t date_days)
{
    struct civil_date civil = date_civil((struct date){(int32_t)date_days});
    int32_t day = civil.day > FIXED_MONTH_DAYS ? FIXED_MONTH_DAYS : civil.day;
    return ((int64_t)civil.year * 12 + civil.month) * FIXED_MONTH_DAYS + day;
}

static int64_t measure(enum proration_basis basis, int64_t from, int64_t to)
{
    switch (basis) {
    case PRORATE_DAY:
    case PRORATE_SECOND:
        return to - from;
    case PRORATE_FIXED30:
        return fixed_days(to) - fixed_days(from);
    case PRORATE_NONE:
        return to > from ? 1 : 0;
    }
    return 0;
}

/* Whole periods from the start to `end`, which is on or behind the first boundary. */
static bool count_whole(const struct ruler *ruler, int64_t end, int64_t *ret_whole,
                        int64_t *ret_boundary, struct error *err)
{
    int64_t whole = (end - ruler->start) / (ruler->end - ruler->start);
    int64_t boundary = 0;
    if (ruler->by_dates) {
        struct date last =
            ruler->as_instants ? zone_local_date(ruler->zone, end) : (struct date){(int32_t)end};
        struct civil_date from = date_civil(ruler->dates.start);
        struct civil_date to = date_civil(last);
        whole = ruler->months > 0
                    ? ((to.year - from.year) * 12 + to.month - from.month) / ruler->months
                    : date_days_between(ruler->dates.start, last) / period_days(ruler->dates);
    }
    if (!mark(ruler, whole, &boundary, err))
        return false;
    if (boundary > end && !mark(ruler, --whole, &boundary, err))
        return false;
    *ret_whole = whole;
    *ret_boundary = boundary;
    return true;
}

static bool beyond_period(const struct ruler *ruler, int64_t end, struct proration *ret_part,
                          struct error *err)
{
    int64_t whole = 0;
    int64_t last = ruler->start;
    int64_t next = ruler->end;
    if (!count_whole(ruler, end, &whole, &last, err))
        return false;
    if (last == end) {
        /* nothing is left over: the fraction is that of the first period */
        ret_part->denominator = measure(ruler->basis, ruler->start, ruler->end);
        ret_part->numerator = whole * ret_part->denominator;
        return true;
    }
    if (!mark(ruler, whole + 1, &next, err))
        return false;
    ret_part->denominator = measure(ruler->basis, last, next);
    ret_part->numerator = whole * ret_part->denominator + measure(ruler->basis, last, end);
    return true;
}

static bool compute(const struct ruler *ruler, int64_t service_start, int64_t service_end,
                    struct proration *ret_part, struct error *err)
{
    struct proration part = {1, 1};
    if (ruler->start >= ruler->end)
        return error_item(err, "bad_proration", "the period is empty");
    if (service_start > service_end)
        return error_item(err, "bad_proration", "the service ends before it starts");
    bool within = service_start >= ruler->start && service_end <= ruler->end;
    if (!within && service_start != ruler->start)
        return error_item(err, "bad_proration", "the service is outside its period");
    if (!within && !beyond_period(ruler, service_end, &part, err))
        return false;
    if (within && ruler->basis != PRORATE_NONE) {
        part.numerator = measure(ruler->basis, service_start, service_end);
        part.denominator = measure(ruler->basis, ruler->start, ruler->end);
    }
    if (part.denominator < 1)
        return error_item(err, "bad_proration", "the period has no day in the basis %s",
                          proration_basis_name(ruler->basis));
    *ret_part = part;
    return true;
}

/* Microseconds to seconds, when every mark is on a whole second. */
static struct proration in_seconds(struct proration part)
{
    if (part.numerator % INSTANT_US_PER_S == 0 && part.denominator % INSTANT_US_PER_S == 0) {
        part.numerator /= INSTANT_US_PER_S;
        part.denominator /= INSTANT_US_PER_S;
    }
    return part;
}

bool proration_of_dates(enum proration_basis basis, const struct zone *zone, struct period period,
                        struct period service, struct proration *ret_part, struct error *err)
{
    struct ruler ruler = {
        .basis = basis,
        .zone = zone == NULL ? zone_utc() : zone,
        .dates = period,
        .by_dates = true,
        .as_instants = basis == PRORATE_SECOND,
        .start = period.start.days,
        .end = period.end.days,
    };
    ruler.months = months_of(period, &ruler.anchor_day);
    if (!ruler.as_instants)
        return compute(&ruler, service.start.days, service.end.days, ret_part, err);
    ruler.start = zone_midnight(ruler.zone, period.start);
    ruler.end = zone_midnight(ruler.zone, period.end);
    if (!compute(&ruler, zone_midnight(ruler.zone, service.start),
                 zone_midnight(ruler.zone, service.end), ret_part, err))
        return false;
    *ret_part = in_seconds(*ret_part);
    return true;
}

/* Whether both ends are at one time of the local day, so that boundaries go by dates; a midnight
 * that the zone skipped is still midnight. */
static bool same_time_of_day(const struct zone *zone, struct instant_span span,
                             int32_t *ret_second_of_day)
{
    struct local_time start = zone_local_time(zone, span.start_at_us);
    struct local_time end = zone_local_time(zone, span.end_at_us);
    *ret_second_of_day = 0;
    if (zone_midnight(zone, start.date) == span.start_at_us &&
        zone_midnight(zone, end.date) == span.end_at_us)
        return true;
    *ret_second_of_day = start.second_of_day;
    return start.second_of_day == end.second_of_day && start.microsecond == 0 &&
           end.microsecond == 0;
}

bool proration_of_instants(enum proration_basis basis, const struct zone *zone,
                           struct instant_span period, struct instant_span service,
                           struct proration *ret_part, struct error *err)
{
    const struct zone *used = zone == NULL ? zone_utc() : zone;
    struct period dates = {zone_local_date(used, period.start_at_us),
                           zone_local_date(used, period.end_at_us)};
    if (basis != PRORATE_SECOND) {
        struct period days = {zone_local_date(used, service.start_at_us),
                              zone_local_date(used, service.end_at_us)};
        return proration_of_dates(basis, used, dates, days, ret_part, err);
    }
    struct ruler ruler = {
        .basis = basis,
        .zone = used,
        .dates = dates,
        .as_instants = true,
        .start = period.start_at_us,
        .end = period.end_at_us,
    };
    ruler.by_dates = same_time_of_day(used, period, &ruler.second_of_day) && period_days(dates) > 0;
    ruler.months = months_of(dates, &ruler.anchor_day);
    if (!compute(&ruler, service.start_at_us, service.end_at_us, ret_part, err))
        return false;
    *ret_part = in_seconds(*ret_part);
    return true;
}
