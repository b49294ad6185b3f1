"""Tables of people, their log-ins and keys. E-mail verification and second factors are allauth's."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper
from django.utils.module_loading import import_string

from core import clock
from core.ids import uuid7


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail, as Django's commands and allauth expect."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user; without a password the account can't log in until one is set."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a member of staff who may do everything."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find by e-mail whatever its case, by the index that keeps accounts unique (`iexact` would not use it)."""
        return self.annotate(lowered=Lower("email")).get(lowered=(username or "").strip().lower())


class Role(models.Model):
    """A named list of rights, such as support or warehouse; data, not code."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=60, unique=True)
    rights = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    class Meta:
        """Read by name."""

        ordering = ("name",)

    def __str__(self) -> str:
        """Give its name."""
        return self.name


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account: a customer, a member of staff, or both."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=150, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    language = models.CharField(max_length=10, default="en")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May log in to the admin.")
    roles = models.ManyToManyField(Role, blank=True, related_name="users")
    note = models.TextField(blank=True, help_text="For staff only.")
    tax_exemption_reason = models.CharField(
        max_length=60, blank=True, help_text="Why no tax is charged: embassy, reseller, charity. Blank: it is charged."
    )
    tax_exemption_number = models.CharField(max_length=40, blank=True, help_text="Of the certificate.")
    tax_exemption_country = models.CharField(
        max_length=2, blank=True, help_text="Where it holds, ISO 3166-1 alpha-2; blank is everywhere."
    )
    tax_exemption_from = models.DateField(null=True, blank=True, help_text="Its first day.")
    tax_exemption_until = models.DateField(null=True, blank=True, help_text="Its last day.")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        """One account per address, whatever its case."""

        constraints = (
            models.UniqueConstraint(Lower("email"), name="users_user_email"),
            models.CheckConstraint(
                condition=Q(tax_exemption_from__isnull=True)
                | Q(tax_exemption_until__isnull=True)
                | Q(tax_exemption_from__lte=F("tax_exemption_until")),
                name="users_user_tax_exemption",
                violation_error_message="An exemption must not end before it begins.",
            ),
        )
        indexes = (
            models.Index(fields=("-created_at", "-id"), name="users_user_newest"),
            # What staff type into the search box is looked for anywhere in the address and the name.
            GinIndex(OpClass(Upper("email"), "gin_trgm_ops"), name="users_user_email_words"),
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="users_user_name_words"),
        )

    def __str__(self) -> str:
        """Give the address."""
        return self.email

    def get_full_name(self) -> str:
        """Return the name, as Django's templates ask for it."""
        return self.name

    def clean(self) -> None:
        """Keep addresses in lower case, as log-in looks them up."""
        super().clean()
        self.email = self.email.strip().lower()


class CustomerGroup(models.Model):
    """Customers who are treated alike: wholesale, club, press. Price lists and promotions name it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """By code."""

        ordering = ("code",)

    def __str__(self) -> str:
        """Give its name."""
        return self.name


class GroupMembership(models.Model):
    """A customer's being in a group."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    group = models.ForeignKey(CustomerGroup, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """Once in each group; found by group, and by customer."""

        ordering = ("-created_at", "-id")
        constraints = (models.UniqueConstraint(fields=("group", "user"), name="users_groupmembership_once"),)
        indexes = (models.Index(fields=("-created_at", "-id"), name="users_membership_newest"),)

    def __str__(self) -> str:
        """Name both."""
        return f"{self.user} in {self.group}"


class Address(models.Model):
    """One entry of a customer's address book; the fields' rules are in users/addresses.py."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="addresses")
    name = models.CharField(max_length=150)
    company = models.CharField(max_length=150, blank=True)
    line1 = models.CharField(max_length=200)
    line2 = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=120, blank=True, help_text="State, province or county.")
    postal_code = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    phone = models.CharField(max_length=32, blank=True)
    is_default_shipping = models.BooleanField(default=False)
    is_default_billing = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """One default of each kind per person."""

        ordering = ("created_at", "id")
        verbose_name_plural = "addresses"
        constraints = (
            models.UniqueConstraint(
                fields=("user",), condition=Q(is_default_shipping=True), name="users_address_default_shipping"
            ),
            models.UniqueConstraint(
                fields=("user",), condition=Q(is_default_billing=True), name="users_address_default_billing"
            ),
        )

    def __str__(self) -> str:
        """Write it on one line."""
        return ", ".join(part for part in (self.name, self.line1, self.postal_code, self.city, self.country) if part)


class ApiKey(models.Model):
    """A machine's key: its prefix is shown, its digest kept, the key itself seen once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of the whole key.")
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first."""

        ordering = ("-created_at",)
        verbose_name = "API key"

    def __str__(self) -> str:
        """Give what is shown of it."""
        return f"{self.name} ({self.prefix}…)"


class Session(AbstractBaseSession):
    """One log-in, in a browser or behind tokens. Knows whose it is, so that a changed password can end them all."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="sessions")

    class Meta(AbstractBaseSession.Meta):
        """Found by key, by person, and by the sweeper when expired."""

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """Return the engine that reads and writes the rows, as Django wants of a session model."""
        return import_string("users.session_store.SessionStore")


class Throttle(models.Model):
    """How often something was tried within a window: the key is a digest of what is counted, and for whom."""

    key = models.CharField(primary_key=True, max_length=64, editable=False)
    hits = models.PositiveIntegerField()
    until = models.DateTimeField(help_text="When the window closes and counting starts again.")

    class Meta:
        """Swept when the window has closed."""

        indexes = (models.Index(fields=("until",), name="users_throttle_until"),)

    def __str__(self) -> str:
        """Tell how often."""
        return f"{self.hits} until {self.until:%H:%M:%S}"
