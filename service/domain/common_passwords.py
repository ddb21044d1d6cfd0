"""What guessing begins with: the heads of published lists, keyboard rows, Chinese favourites, and our own trade."""

from __future__ import annotations

from typing import Final

COMMON: Final = (
    *("password", "passwort", "passw0rd", "p@ssword", "p@ssw0rd", "letmein", "welcome", "iloveyou", "changeme"),
    *("secret", "administrator", "admin", "root", "guest", "login", "master", "monkey", "dragon", "football"),
    *("sunshine", "princess", "qwertyuiop", "qwerty", "asdfghjkl", "asdfgh", "zxcvbnm", "1qaz2wsx", "qazwsx"),
    *("1q2w3e4r", "q1w2e3r4", "abcdefgh", "1234567890", "0123456789", "123456789", "12345678", "1234567", "123456"),
    *("987654321", "87654321", "654321", "abc123", "123abc", "a123456", "5201314", "1314520", "woaini", "aini"),
    *("mima", "yisheng", "yiyuan", "consilium", "hospital", "radiology", "doctor"),
)
