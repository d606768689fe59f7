"""The text form for Pygments, so that pages and reports show it in colours. Found by the entry point `runbook`."""

from __future__ import annotations

from pygments.lexer import RegexLexer, bygroups, include, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text, Whitespace

from ..syntax.text.words import HEADS

_MORE = (
    "from env file command prompt one of matching failure for every times factor longest answer do approve type within role count at "
    "window each in with tier severity fail repeatable get head post put patch delete options"
).split()
_HEAD = "|".join(sorted(HEADS - {"http"}, key=len, reverse=True))
_NAMING = "step|input|secret|output|branch"
_EXECUTORS = "doctl|psql|redis-cli|aws|http|tls|shell|render|notify"
_EXPRESSIONS = "when|guard|expect|success|key|yield"


class RunbookLexer(RegexLexer):
    """The text form of runbooks."""

    name = "Runbook"
    url = ""
    aliases = ("runbook",)
    filenames = ("*.runbook",)
    mimetypes = ("text/x-runbook",)

    tokens = {  # noqa: RUF012 - what a class of Pygments is made of
        "root": [
            (r"\s+", Whitespace),
            (r"#[^\n]*", Comment.Single),
            (r"[{};]", Punctuation),
            (r"(runbook)([ \t]+)([^\s\"{]+)", bygroups(Keyword.Declaration, Whitespace, Name.Class)),
            (
                r"(step|input|secret|output|branch)\b([ \t]+)([A-Za-z_]\w*)",
                bygroups(Keyword.Declaration, Whitespace, Name.Function),
                "line",
            ),
            (rf"({_EXPRESSIONS})\b(?=[ \t])", Keyword, "expression"),
            (r"(set)([ \t]+)([A-Za-z_]\w*)([ \t]*)(=)", bygroups(Keyword, Whitespace, Name.Variable, Whitespace, Operator), "expression"),
            (rf"({_EXECUTORS})\b", Name.Builtin, "command"),
            (rf"(?:{_HEAD})\b", Keyword, "line"),
            (r"[^\s\"{};#]+", Name.Builtin, "command"),
            include("text"),
        ],
        "line": [
            (r"(?=[\n;}])", Text, "#pop"),
            (r"\{", Punctuation, "#pop"),
            (r"[ \t]+#[^\n]*", Comment.Single),
            (r"[ \t]+", Whitespace),
            (words(_MORE, prefix=r"\b", suffix=r"\b"), Keyword),
            (r"\|-?\d?[ \t]*\n(?:(?:[ \t]*\n|[ \t]{2,}[^\n]*\n))*?(?=[ \t]*[}\w#])", String.Heredoc, "#pop"),
            (r"\b(?:\d+(?:ms|us|[dhms]))+\b", Number),
            (r"-?\d+(?:\.\d+)?\b", Number),
            (r"\b(?:true|false|null)\b", Keyword.Constant),
            include("text"),
            (r"[=:,()\[\]]", Punctuation),
            (r"[^\s\"{};#=:,()\[\]|]+", Name),
            (r".", Text),
        ],
        "command": [
            (r"(?=[\n;}])", Text, "#pop"),
            (r"([ \t]+)(with)([ \t]*)(\{)", bygroups(Whitespace, Keyword, Whitespace, Punctuation), ("#pop", "data")),
            (r"([ \t]+)(\{)", bygroups(Whitespace, Punctuation), ("#pop", "data")),
            (r"([ \t]+)(\|-?\d?[ \t]*)(\n)", bygroups(Whitespace, Punctuation, Whitespace), ("#pop", "block")),
            (r"[ \t]+#[^\n]*", Comment.Single),
            include("hole"),
            (r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'", String),
            (r"(?<=\s)--?[\w-]+", Name.Attribute),
            (r"[^\s\"'$;}{]+", String.Other),
            (r".", String.Other),
        ],
        "block": [
            (r"[ \t]*\n", Whitespace),
            (r"[ \t]{4,}[^\n]*\n", String.Heredoc),
            (r"", Text, "#pop"),
        ],
        "data": [
            (r"\s+", Whitespace),
            (r"\}", Punctuation, "#pop"),
            (r"\{", Punctuation, "#push"),
            (r"#[^\n]*", Comment.Single),
            (r"([\w.-]+)(:)", bygroups(Name.Attribute, Punctuation)),
            (r"\b(?:true|false|null)\b", Keyword.Constant),
            (r"-?\d+(?:\.\d+)?\b", Number),
            include("text"),
            (r".", Punctuation),
        ],
        "expression": [
            (r"(?=[\n;])", Text, "#pop"),
            (r"(?<=[\w)\]\"' ])[ \t]*(?=\{)", Whitespace, "#pop"),
            (r"[ \t]*(?=\})", Whitespace, "#pop"),
            (r"[ \t]+#[^\n]*", Comment.Single),
            (r"([ \t]+)(\|-?\d?[ \t]*)(\n)", bygroups(Whitespace, Punctuation, Whitespace), ("#pop", "block")),
            (r"[ \t]+", Whitespace),
            (r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'", String),
            (r"\b(?:true|false|null)\b", Keyword.Constant),
            (r"\bin\b", Operator.Word),
            (r"\b\d+(?:\.\d+)?\b", Number),
            (r"[A-Za-z_]\w*(?=\()", Name.Function),
            (r"[A-Za-z_]\w*", Name),
            (r"[-+*/%!=<>&|?:]+", Operator),
            (r".", Punctuation),
        ],
        "text": [
            (r'"', String, "string"),
        ],
        "string": [
            (r'"|(?=\n)', String, "#pop"),
            include("hole"),
            (r"\\.", String.Escape),
            (r"[^\"\\$\n]+|\$", String),
        ],
        "hole": [
            (r"\$\{[^{}\n]*\}", String.Interpol),
        ],
    }
