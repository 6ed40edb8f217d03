/* What a document says where no tax is charged (DOMAIN 5), in the languages in which documents are
 * printed. Reverse charge has the words that the member states use for "reverse charge" (Directive
 * 2006/112/EC, article 226, point 11a). The text is frozen with the document's taxes. */
#ifndef BILLMILL_BILLING_TAX_NOTE_H
#define BILLMILL_BILLING_TAX_NOTE_H

#include <stdbool.h>

/* By the language of a tag: "de", "de-AT", "pt_BR". English where the language has none; NULL is
 * English. */
const char *tax_note_reverse_charge(const char *locale);
const char *tax_note_exempt(const char *locale);

/* Whether the language has notes of its own. */
bool tax_note_speaks(const char *locale);

#endif
