/* What may be the number of a card: nothing that is kept, logged or dumped may hold one (PCI DSS
 * 3).
 *
 * It is 13 to 19 digits, perhaps with spaces, dots or hyphens between them, that begin with 2 to 6
 * (ISO/IEC 7812: those of cards for travel and banking) and whose check digit is right (Luhn). Of
 * 13 digits only what begins with 4 is one. So ids of the providers, which are numbers too, are
 * not. */
#ifndef BILLMILL_BILLING_CARD_NUMBER_H
#define BILLMILL_BILLING_CARD_NUMBER_H

#include <stdbool.h>

bool card_number_is_likely(const char *text);

#endif
