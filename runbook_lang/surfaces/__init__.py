"""Pure facts about tools: arguments, commands, effects, result types, secret fields. Nothing here runs anything."""
