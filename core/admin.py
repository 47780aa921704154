"""The admin's own words."""

from django.contrib import admin

admin.site.site_header = "La 27e Région"
admin.site.site_title = "Administration du portail"
admin.site.index_title = "Administration"
admin.site.empty_value_display = "—"
admin.site.enable_nav_sidebar = True
