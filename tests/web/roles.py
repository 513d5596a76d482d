"""What each role may do in the console, in words of our own; whatever is not named here is for editors."""

ANYBODY = """
account account_password audit_file audited care_text care_texts components customer customers
document_versions dry_run_asked email_edit email_preview email_readers emails errand errands
feedback flow health help home images journey_people journey_results journey_settings
journey_versions journey_way journeys letter letter_html lifecycle milestones outbox persona
personas policy results_file segment segments settings sign_out simulated suppressed task tasks text
themed today today_seen why_not
"""
PUBLISHERS = """
pause_seen paused publish_undone published sending_hold sending_resume several_published
"""
ADMINS = """
account_factor customer_erase key_made key_revoked keys reveal staff staff_disable staff_enable
staff_factor staff_invite staff_reset staff_role staff_withdraw their_file
"""
"""Who may do what, written down once more: a route of the console that is opened to others must be opened here too."""
