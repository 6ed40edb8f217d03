/* The manifest of the tax rates that billmill ships (config/tax/manifest.json): up to when the
 * rates were known, and the SHA-256 of each file. Rates age: who imports them, checks them against
 * a business date or chooses taxes in a run is told when they are old (DOMAIN 5). */
#ifndef BILLMILL_SETUP_TAX_MANIFEST_H
#define BILLMILL_SETUP_TAX_MANIFEST_H

#include "core/base/arena.h"
#include "core/calendar/date.h"

#define TAX_MANIFEST_NAME "manifest.json"
#define TAX_RATES_OLD_MONTHS 12

/* The remarks on the tax rates in `folder`, or only on its file `name` where that is not NULL: that
 * they were last compared more than TAX_RATES_OLD_MONTHS before the business date `on` (DATE_NONE:
 * not known, so nothing is said of age), and which files are not as the manifest has them. In the
 * arena, NULL behind the last; none without a manifest, or where it does not name the file.
 * EXIT_CONFIG for a manifest that cannot be read or understood. */
MUST_CHECK bool tax_manifest_remarks(const char *folder, const char *name, struct date on,
                                     struct arena *arena, const char ***ret_remarks,
                                     struct error *err);

#endif
