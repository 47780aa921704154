from django.urls import path

from core import health, views

urlpatterns = [
    path("", views.home, name="home"),
    path("espace/", views.space, name="space"),
    path("plan-du-site/", views.sitemap, name="sitemap"),
    path("sitemap.xml", views.sitemap_xml, name="sitemap_xml"),
    path("robots.txt", views.robots, name="robots"),
    path("sante/", health.alive, name="health"),
    path("sante/pret/", health.ready, name="ready"),
]
