"""The words of each prompt, in the languages there are recordings in.

English is the reference's, section 5. Spanish is that of Latin America, and speaks to *usted*;
French says *vous*.
"""

from enum import StrEnum


class Prompt(StrEnum):
    """A spoken prompt or tone."""

    ENTER_CODE = "enter_code"
    INVALID_ENTRY = "invalid_entry"
    WRONG_LENGTH = "wrong_length"
    MAX_ATTEMPTS = "max_attempts"
    LOCKED_OUT = "locked_out"
    CALL_REFUSED = "call_refused"
    NUMBER_REFUSED = "number_refused"
    LIMIT_REACHED = "limit_reached"
    GOODBYE = "goodbye"
    SPLASH = "splash"


class PromptLanguage(StrEnum):
    """What a caller is spoken to in, by its code in ISO 639-1: all languages that there are."""

    ENGLISH = "en"
    SPANISH = "es"
    FRENCH = "fr"


OWN_NAMES = {
    PromptLanguage.ENGLISH: "English",
    PromptLanguage.SPANISH: "Español",
    PromptLanguage.FRENCH: "Français",
}
"""How who speaks a language calls it."""


DIGITS = {
    PromptLanguage.ENGLISH: {3: "three", 4: "four", 5: "five", 6: "six", 7: "seven"},
    PromptLanguage.SPANISH: {3: "tres", 4: "cuatro", 5: "cinco", 6: "seis", 7: "siete"},
    PromptLanguage.FRENCH: {3: "trois", 4: "quatre", 5: "cinq", 6: "six", 7: "sept"},
}
"""How many digits a code has, as words."""

WORDS = {
    PromptLanguage.ENGLISH: {
        Prompt.ENTER_CODE: "Please enter a valid account code.",
        Prompt.INVALID_ENTRY: "Invalid entry. Please enter a {digits}-digit account code.",
        Prompt.WRONG_LENGTH: (
            "Account codes must be {digits} digits. "
            "Please re-enter your {digits}-digit account code."
        ),
        Prompt.MAX_ATTEMPTS: "You have reached the maximum number of attempts.",
        Prompt.LOCKED_OUT: (
            "Too many incorrect codes have been entered from this phone. "
            "Please try again later, or ask your administrator."
        ),
        Prompt.CALL_REFUSED: (
            "This call needs an account code, and codes cannot be checked right now. "
            "Please try again later."
        ),
        Prompt.NUMBER_REFUSED: "This number cannot be dialed. Please check it, and try again.",
        Prompt.LIMIT_REACHED: (
            "This call cannot be made, because a limit has been reached. "
            "Please ask your administrator."
        ),
        Prompt.GOODBYE: "Goodbye.",
        Prompt.SPLASH: "(a short tone)",
    },
    PromptLanguage.SPANISH: {
        Prompt.ENTER_CODE: "Por favor, ingrese un código de cuenta válido.",
        Prompt.INVALID_ENTRY: (
            "Entrada no válida. Por favor, ingrese un código de cuenta de {digits} dígitos."
        ),
        Prompt.WRONG_LENGTH: (
            "Los códigos de cuenta deben tener {digits} dígitos. "
            "Por favor, vuelva a ingresar su código de cuenta de {digits} dígitos."
        ),
        Prompt.MAX_ATTEMPTS: "Usted ha alcanzado el número máximo de intentos.",
        Prompt.LOCKED_OUT: (
            "Hubo demasiados códigos incorrectos desde este teléfono. "
            "Por favor, inténtelo más tarde o consulte a su administrador."
        ),
        Prompt.CALL_REFUSED: (
            "Para esta llamada se requiere un código de cuenta, y en este momento no se pueden "
            "verificar los códigos. Inténtelo más tarde, por favor."
        ),
        Prompt.NUMBER_REFUSED: (
            "No se puede marcar este número. Por favor, verifíquelo e inténtelo de nuevo."
        ),
        Prompt.LIMIT_REACHED: (
            "No se puede realizar esta llamada porque se ha alcanzado un límite. "
            "Por favor, consulte a su administrador."
        ),
        Prompt.GOODBYE: "Adiós.",
        Prompt.SPLASH: "(un tono corto)",
    },
    PromptLanguage.FRENCH: {
        Prompt.ENTER_CODE: "Veuillez entrer un code de compte valide.",
        Prompt.INVALID_ENTRY: (
            "Code non valide. Veuillez entrer un code de compte à {digits} chiffres."
        ),
        Prompt.WRONG_LENGTH: (
            "Les codes de compte doivent comporter {digits} chiffres. "
            "Veuillez entrer à nouveau votre code de compte à {digits} chiffres."
        ),
        Prompt.MAX_ATTEMPTS: "Vous avez atteint le nombre maximal d'essais.",
        Prompt.LOCKED_OUT: (
            "De trop nombreux codes incorrects ont été entrés depuis ce téléphone. "
            "Veuillez essayer plus tard ou contacter votre administrateur."
        ),
        Prompt.CALL_REFUSED: (
            "Cet appel nécessite un code de compte, et les codes ne peuvent pas être vérifiés "
            "pour le moment. Veuillez essayer plus tard."
        ),
        Prompt.NUMBER_REFUSED: (
            "Ce numéro ne peut pas être composé. Veuillez vérifier et essayer de nouveau."
        ),
        Prompt.LIMIT_REACHED: (
            "Cet appel ne peut pas aboutir, car une limite a été atteinte. "
            "Veuillez contacter votre administrateur."
        ),
        Prompt.GOODBYE: "Merci, au revoir.",
        Prompt.SPLASH: "(un bref signal sonore)",
    },
}
"""A prompt's words; ``{digits}`` stands for one of :data:`DIGITS`."""
