"""Addresses of signing in: of allauth's own, only those that an invited person needs; nobody signs up."""

from allauth.account import views as account
from allauth.socialaccount import views as social
from allauth.usersessions import views as sessions
from django.urls import include, path, re_path

from tenure.web.turned_back import works_in_the_past
from tenure.web.views import demo

urlpatterns = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-in/as/<str:person_id>", works_in_the_past(demo.step_in), name="demo_step_in"),
    path("sign-out/", works_in_the_past(account.logout), name="account_logout"),
    path("sign-in/closed/", account.signup, name="account_signup"),
    path("sign-in/inactive/", account.account_inactive, name="account_inactive"),
    path("sign-in/again/", works_in_the_past(account.reauthenticate), name="account_reauthenticate"),
    path("password/", works_in_the_past(account.password_change), name="account_change_password"),
    path("password/first/", works_in_the_past(account.password_set), name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("second-step/", include("allauth.mfa.urls")),
    path("sessions/", works_in_the_past(sessions.list_usersessions), name="usersessions_list"),
    path("single-sign-on/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("single-sign-on/error/", social.login_error, name="socialaccount_login_error"),
    path("single-sign-on/unknown/", social.signup, name="socialaccount_signup"),
    path("single-sign-on/", social.connections, name="socialaccount_connections"),
    path("single-sign-on/", include("allauth.socialaccount.providers.openid_connect.urls")),
]
