"""The centre itself: rules, archive, flow, edges, commands."""
