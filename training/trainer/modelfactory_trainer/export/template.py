"""A chat template taken apart, for programs that cannot run Jinja."""

from ..tokenizer import TemplateError, Tokenizer

_WORDS = ("Alpha", "Bravo", "Charlie", "Delta")


def parts(tokenizer: Tokenizer, drop: str = "") -> dict | None:
    """The text that stands before each message, and a chat to try it on: protocol.ChatTemplate.

    drop: a mark at the start that the program writes by itself. None when the template cannot be put together again
    from such parts, because it looks into the messages.
    """
    if not tokenizer.has_template:
        return None
    try:
        before = _between(tokenizer, ["user"], drop)
        try:
            later = _between(tokenizer, ["system", "user", "assistant", "user"], drop)
            roles = ["system", "user", "assistant", "user", "assistant", "user"]
        except TemplateError:  # some know no system message
            later = _between(tokenizer, ["user", "assistant", "user"], drop)
            roles = ["user", "assistant", "user", "assistant", "user"]
        prompt = later.pop("")
        before = later | before
        del before[""]
        chat = [{"role": role, "content": f"This is {i}: {role}'s words."} for i, role in enumerate(roles)]
        text = tokenizer.render(chat, add_generation_prompt=True).removeprefix(drop)
    except TemplateError:
        return None
    made, last = "", ""
    for message in chat:
        made += before[f"{last} {message['role']}".strip()] + message["content"]
        last = message["role"]
    if made + prompt != text:
        return None
    return {"before": before, "prompt": prompt, "example": chat, "text": text}


def _between(tokenizer: Tokenizer, roles: list[str], drop: str) -> dict[str, str]:
    """ "role before role" -> the text before that message; "" -> the text behind the last, where an answer begins."""
    chat = [{"role": role, "content": word} for role, word in zip(roles, _WORDS, strict=False)]
    rest = tokenizer.render(chat, add_generation_prompt=True).removeprefix(drop)
    found, last = {}, ""
    for message in chat:
        text, there, rest = rest.partition(message["content"])
        if not there:
            raise TemplateError("it leaves a message out")
        found[f"{last} {message['role']}".strip()] = text
        last = message["role"]
    return found | {"": rest}
