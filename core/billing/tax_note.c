/* Notes of documents by language: see tax_note.h. */
#include "core/billing/tax_note.h"

#include <stddef.h>
#include <string.h>

#include "core/base/compiler.h"

#define LANGUAGE_LENGTH 2u

/* English is first: what every other language falls back to. */
static const struct tax_notes {
    const char *language, *reverse_charge, *exempt;
} notes[] = {
    {"en",
     "Reverse charge: the recipient accounts for the value added tax (Directive 2006/112/EC, "
     "article 196).",                                                                                 "Exempt from tax"                         },
    {"bg", "Обратно начисляване (Директива 2006/112/ЕО, член 196).", "Освободено от данък"    },
    {"cs", "Daň odvede zákazník (směrnice 2006/112/ES, článek 196).",                           "Osvobozeno od daně"                     },
    {"da", "Omvendt betalingspligt (direktiv 2006/112/EF, artikel 196).",                             "Fritaget for moms"                       },
    {"de", "Steuerschuldnerschaft des Leistungsempfängers (Richtlinie 2006/112/EG, Artikel 196).",
     "Steuerfrei"                                                                                                                               },
    {"el", "Αντίστροφη επιβάρυνση (οδηγία 2006/112/ΕΚ, άρθρο 196).", "Απαλλάσσεται από φόρο"},
    {"es", "Inversión del sujeto pasivo (Directiva 2006/112/CE, artículo 196).",
     "Exento de impuestos"                                                                                                                      },
    {"fr", "Autoliquidation (directive 2006/112/CE, article 196).",                                   "Exonéré de taxe"                       },
    {"it", "Inversione contabile (direttiva 2006/112/CE, articolo 196).",                             "Esente da imposta"                       },
    {"nl", "Btw verlegd (Richtlijn 2006/112/EG, artikel 196).",                                       "Vrijgesteld van btw"                     },
    {"pl", "Odwrotne obciążenie (dyrektywa 2006/112/WE, art. 196).",                                "Zwolnione z podatku"                     },
    {"pt", "Autoliquidação (Diretiva 2006/112/CE, artigo 196).",                                    "Isento de imposto"                       },
    {"sv", "Omvänd betalningsskyldighet (direktiv 2006/112/EG, artikel 196).",
     "Undantaget från skatt"                                                                                                                   },
    {"vi", "Bên mua tự kê khai và nộp thuế (reverse charge, Directive 2006/112/EC, 196).",
     "Được miễn thuế"                                                                                                                   },
};

static const struct tax_notes *find(const char *locale)
{
    for (size_t i = 0; i < ARRAY_LEN(notes) && locale != NULL; i++) {
        char after = '\0';
        if (strncmp(locale, notes[i].language, LANGUAGE_LENGTH) != 0)
            continue;
        after = locale[LANGUAGE_LENGTH];
        if (after == '\0' || after == '-' || after == '_')
            return &notes[i];
    }
    return NULL;
}

const char *tax_note_reverse_charge(const char *locale)
{
    const struct tax_notes *found = find(locale);
    return (found == NULL ? &notes[0] : found)->reverse_charge;
}

const char *tax_note_exempt(const char *locale)
{
    const struct tax_notes *found = find(locale);
    return (found == NULL ? &notes[0] : found)->exempt;
}

bool tax_note_speaks(const char *locale)
{
    return find(locale) != NULL;
}
