/* What explanation.c loads of a line: explanation_earlier.c what billed its period besides, and the
 * parts before it; explanation_usage.c its usage as it is now. */
#ifndef BILLMILL_STORES_EXPLANATION_PARTS_H
#define BILLMILL_STORES_EXPLANATION_PARTS_H

#include "core/stores/explanation.h"

struct explanation_loading {
    struct db *db;
    const struct billing_catalog *catalog;
    bool flat_fee_at_zero;
    struct arena *arena;
};

/* Lines of its period before it; of a reversal those that it takes back. */
MUST_CHECK bool explanation_load_earlier(const struct explanation_loading *loading,
                                         struct explained_line *line, struct error *err);

/* Of a part: what lines billed of the parts before it. */
MUST_CHECK bool explanation_load_before(const struct explanation_loading *loading,
                                        struct explained_line *line, struct error *err);

/* The events of its days; of a part all from where it counts, less what was before. */
MUST_CHECK bool explanation_load_usage(const struct explanation_loading *loading,
                                       struct explained_line *line, struct error *err);

#endif
