"""torch.utils: checkpointing."""

from chainrule.utils import checkpoint

__all__ = ["checkpoint"]
