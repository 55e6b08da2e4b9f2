"""What the API keeps: answers to repeat."""

from django.db import models


class KeptAnswer(models.Model):
    """The answer to a POST with an ``Idempotency-Key``, to give again; encrypted with that key."""

    principal = models.CharField(max_length=50)
    key_hash = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    sealed = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("principal", "key_hash"), name="answer_once_for_a_key"),
        )

    def __str__(self) -> str:
        return f"answer {self.pk}"
